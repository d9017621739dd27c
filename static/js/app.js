// What every page does beyond plain HTML. Each page works without it; nothing here knows about one page.
(() => {
  "use strict";
  const root = document.documentElement;
  root.classList.add("has-script");

  const closest = (event, selector) => event.target instanceof Element && event.target.closest(selector);
  const loginPath = "/login";

  // On a phone the open tab may lie beyond the edge of its row.
  for (const tab of document.querySelectorAll(".tab[aria-current]")) {
    const row = tab.parentElement;
    const beyond = tab.getBoundingClientRect().right - row.getBoundingClientRect().right;
    if (beyond > 0) row.scrollLeft += beyond + 24;
  }

  // A text to be pasted elsewhere. Without HTTPS there is no clipboard to write to; what is selected can still be copied.
  for (const copy of document.querySelectorAll("[data-copy]")) copy.hidden = false;
  async function copyText(button) {
    const field = document.getElementById(button.dataset.copy);
    field.focus();
    field.select();
    try {
      await navigator.clipboard.writeText(field.value);
    } catch {
      if (!document.execCommand("copy")) return;
    }
    const label = button.querySelector("[data-copy-label]");
    label.textContent = label.dataset.copyLabel;
  }

  // Drawer: the link already opens it by :target; here Escape closes it and focus comes back.
  const drawer = document.getElementById("navigation");
  const opener = document.querySelector("[data-drawer]");
  const setDrawer = (open) => {
    drawer.classList.toggle("is-open", open);
    opener.setAttribute("aria-expanded", String(open));
    (open ? drawer.querySelector("a") : opener).focus();
  };
  if (drawer && opener) opener.setAttribute("aria-expanded", "false");

  document.addEventListener("click", (event) => {
    if (closest(event, "[data-drawer]")) {
      event.preventDefault();
      setDrawer(!drawer.classList.contains("is-open"));
    } else if (closest(event, "[data-drawer-close]") && drawer.classList.contains("is-open")) {
      event.preventDefault();
      setDrawer(false);
    }
    const dismiss = closest(event, "[data-dismiss]");
    if (dismiss) dismiss.closest(".notice").remove();
    const dialog = closest(event, "[data-dialog]");
    if (dialog) document.getElementById(dialog.dataset.dialog).showModal();
    if (closest(event, "[data-print]")) window.print();
    const copy = closest(event, "[data-copy]");
    if (copy) copyText(copy);
    const toggle = closest(event, "[data-filter-toggle]");
    if (toggle) toggle.setAttribute("aria-expanded", String(toggle.form.classList.toggle("is-open")));
    const photo = closest(event, "[data-photos] a[data-photo]");
    if (photo && !event.ctrlKey && !event.metaKey && window.HTMLDialogElement) {
      event.preventDefault();
      showPhoto(photo);
    }
    for (const menu of document.querySelectorAll("details[data-menu][open]")) {
      if (!menu.contains(event.target)) menu.open = false;
    }
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    if (drawer && drawer.classList.contains("is-open")) setDrawer(false);
    for (const menu of document.querySelectorAll("details[data-menu][open]")) {
      menu.open = false;
      menu.querySelector("summary").focus();
    }
    // An explanation that covers something can be put away without moving.
    for (const shown of document.querySelectorAll(".explain:hover, .explain:focus-within")) shown.classList.add("is-dismissed");
  });
  for (const leaving of ["pointerout", "focusout"]) {
    document.addEventListener(leaving, (event) => closest(event, ".explain.is-dismissed")?.classList.remove("is-dismissed"));
  }

  // All photos of the page in their order, so that before and after can be leafed through.
  function showPhoto(link) {
    const viewer = document.getElementById("photo-viewer").content.firstElementChild.cloneNode(true);
    const image = viewer.querySelector("img");
    const links = [...document.querySelectorAll("[data-photos] a[data-photo]")];
    let at = links.indexOf(link);
    const show = (place) => {
      at = place;
      const photo = links[at].closest("li");
      image.src = links[at].href;
      image.alt = links[at].querySelector("img").alt;
      const words = [...photo.querySelectorAll(".photo-tag, .photo-mark, .photo-caption")].map((word) => word.textContent);
      viewer.querySelector("[data-caption]").textContent = [...words, `${at + 1}/${links.length}`].join(" · ");
      viewer.querySelector("[data-files]").replaceChildren(...[...photo.querySelectorAll(".photo-files a")].map((file) => file.cloneNode(true)));
      viewer.querySelector("[data-previous]").disabled = at === 0;
      viewer.querySelector("[data-next]").disabled = at === links.length - 1;
    };
    const step = (by) => { if (links[at + by]) show(at + by); };
    viewer.addEventListener("click", (event) => {
      if (event.target.closest("[data-previous]")) step(-1);
      else if (event.target.closest("[data-next]")) step(1);
      else if (event.target === viewer || event.target.closest("[data-close]")) viewer.close();
    });
    viewer.addEventListener("keydown", (event) => {
      if (event.key === "ArrowLeft") step(-1);
      if (event.key === "ArrowRight") step(1);
    });
    viewer.addEventListener("close", () => { viewer.remove(); links[at].focus(); });
    show(at);
    document.body.append(viewer);
    viewer.showModal();
  }

  // A text of many lines is cut to a few, and opened whole; where nothing is cut, nothing is offered.
  for (const text of document.querySelectorAll("[data-clamp]")) {
    if (text.scrollHeight <= text.clientHeight + 2) continue;
    const button = document.createElement("button");
    const setOpen = (open) => {
      text.classList.toggle("is-open", open);
      button.textContent = open ? text.dataset.fold : text.dataset.clamp;
      button.setAttribute("aria-expanded", String(open));
    };
    button.type = "button";
    button.className = "btn btn-sm clamp-button";
    button.addEventListener("click", () => setOpen(!text.classList.contains("is-open")));
    setOpen(false);
    text.after(button);
  }

  // One box ticks all of its list; without script it stays hidden and is not missed.
  const offerCheckAll = (scope) => {
    for (const all of scope.querySelectorAll("[data-check-all]")) all.hidden = false;
  };
  offerCheckAll(document);
  document.addEventListener("htmx:afterSwap", (event) => offerCheckAll(event.detail.target.parentElement || document));
  document.addEventListener("change", (event) => {
    const all = closest(event, "[data-check-all]");
    if (!all) return;
    for (const box of all.form.querySelectorAll(`input[name="${all.dataset.checkAll}"]`)) box.checked = all.checked;
  });

  // What can be done with ticked rows stands below them; once one is ticked it comes to the bottom of the window.
  const sayChosen = (bar) => {
    const rows = [...bar.closest("form").querySelectorAll(`input[name="${bar.dataset.chosen}"]`)];
    const n = rows.filter((row) => row.checked).length;
    const whole = Boolean(bar.querySelector("[name=all]")?.checked);
    const said = bar.querySelector("[role=status]");
    for (const all of bar.closest("form").querySelectorAll("[data-check-all]")) all.checked = n === rows.length;
    bar.classList.toggle("is-chosen", whole || n > 0);
    said.parentElement.hidden = !whole && n === 0;
    said.textContent = whole ? said.dataset.whole : said.dataset.some.replace("{n}", n);
  };
  const sayAllChosen = () => document.querySelectorAll("[data-chosen]").forEach(sayChosen);
  document.addEventListener("change", (event) => {
    const bar = event.target.form?.querySelector("[data-chosen]");
    if (!bar) return;
    sayChosen(bar);
    clearOfFoot(event.target);
  });
  document.addEventListener("click", (event) => {
    const bar = closest(event, "[data-choose-none]")?.closest("[data-chosen]");
    if (!bar) return;
    const boxes = [...bar.closest("form").querySelectorAll(`input[name="${bar.dataset.chosen}"], [data-check-all], [name=all]`)];
    const first = boxes.find((box) => box.checked && box.name === bar.dataset.chosen);
    for (const box of boxes) box.checked = false;
    sayChosen(bar);
    // The button goes; who pressed it by the keyboard goes on where the choice began.
    first?.focus({ preventScroll: true });
  });
  document.addEventListener("htmx:afterSwap", sayAllChosen);
  // Coming back, the browser has ticked again what was ticked.
  window.addEventListener("pageshow", sayAllChosen);

  // A choice that is a form of its own goes off when it changes.
  document.addEventListener("change", (event) => {
    if (closest(event, "[data-autosubmit]")) event.target.form.requestSubmit();
  });

  // A hundred units are too many to scroll through: a field above narrows the choice.
  const MANY = 15;
  const searchWords = document.getElementById("search-words")?.innerHTML.trim();
  const addSearch = (before, narrow) => {
    const search = document.createElement("input");
    search.type = "search";
    search.className = "form-control select-search";
    search.placeholder = searchWords;
    search.setAttribute("aria-label", searchWords);
    search.autocomplete = "off";
    search.addEventListener("input", () => narrow(search.value.trim().toLowerCase()));
    // Enter picks here; it must not send the form.
    search.addEventListener("keydown", (event) => { if (event.key === "Enter") event.preventDefault(); });
    before.before(search);
  };
  const makeSearchable = (scope) => {
    if (!searchWords) return;
    for (const select of scope.querySelectorAll(".form select:not([data-searchable], .table select)")) {
      if (select.options.length <= MANY) continue;
      // Options, and groups of them under a heading.
      const whole = [...select.children];
      const options = [...select.options];
      const groupOf = new Map(options.map((option) => [option, option.parentElement]));
      select.dataset.searchable = "";
      addSearch(select, (words) => {
        const chosen = new Set([...select.selectedOptions]);
        const left = new Set(options.filter((o) => chosen.has(o) || o.text.toLowerCase().includes(words)));
        select.replaceChildren(...whole.filter((part) => part.matches("optgroup") || left.has(part)));
        for (const group of select.querySelectorAll("optgroup")) {
          group.replaceChildren(...options.filter((o) => groupOf.get(o) === group && left.has(o)));
        }
      });
    }
    for (const first of scope.querySelectorAll(".form .form-check:first-of-type input[type=checkbox]")) {
      const list = first.closest(".form-check").parentElement;
      const checks = [...list.querySelectorAll(":scope > .form-check")];
      if (checks.length <= MANY || list.classList.contains("many-choices")) continue;
      list.classList.add("many-choices");
      // What is wrong with the choice must not be scrolled to.
      for (const fault of list.querySelectorAll(".invalid-feedback")) {
        fault.classList.add("d-block");
        list.after(fault);
      }
      addSearch(list, (words) => {
        for (const check of checks) {
          check.hidden = !check.textContent.toLowerCase().includes(words) && !check.querySelector("input").checked;
        }
      });
    }
  };
  makeSearchable(document);

  // The unit that leads is not offered again among those beside it.
  const hideTwin = (select) => {
    for (const box of select.form.querySelectorAll(`input[name="${select.dataset.notAgainIn}"]`)) {
      const isTwin = Boolean(select.value) && box.value === select.value;
      box.disabled = isTwin;
      if (isTwin) box.checked = false;
      box.closest(".form-check").classList.toggle("is-twin", isTwin);
    }
  };
  document.addEventListener("change", (event) => {
    if (closest(event, "[data-not-again-in]")) hideTwin(event.target);
  });
  document.querySelectorAll("[data-not-again-in]").forEach(hideTwin);
  document.addEventListener("htmx:afterSwap", (event) => makeSearchable(event.detail.target));

  // On a phone a filter bar is folded to its first field; what is set behind the fold must be known.
  const isSet = (field) => (field.type === "checkbox" ? field.checked : Boolean(field.value));
  const markFilters = () => {
    for (const toggle of document.querySelectorAll("[data-filter-toggle]")) {
      const folded = [...toggle.form.querySelectorAll(".filter-field ~ .filter-field :is(input, select)")];
      toggle.hidden = folded.length === 0;
      toggle.classList.toggle("is-set", folded.some(isSet));
    }
    for (const reset of document.querySelectorAll("[data-filter-reset]")) {
      reset.hidden = ![...reset.closest("form").elements].some((field) => field.name && isSet(field));
    }
  };
  document.addEventListener("change", markFilters);
  markFilters();

  // A form that writes is sent once: the second click finds the buttons asleep.
  const release = (form) => {
    delete form.dataset.sent;
    for (const button of form.querySelectorAll("button[aria-busy]")) {
      button.removeAttribute("aria-busy");
      button.disabled = false;
    }
  };
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.method !== "post" || form.hasAttribute("data-repeatable")) return;
    // A log-in in another window, or before going back, has changed the token this page was drawn with.
    const token = document.cookie.match(/(?:^|; )csrftoken=(\w+)/);
    const kept = form.elements.namedItem("csrfmiddlewaretoken");
    if (token && kept) kept.value = token[1];
    if (form.dataset.sent) {
      event.preventDefault();
      event.stopImmediatePropagation();
      return;
    }
    form.dataset.sent = "1";
    // Later, so that the name and value of the pressed button still travel.
    setTimeout(() => {
      // On a busy phone the answer may be there before this is.
      if (!form.dataset.sent) return;
      if (event.defaultPrevented && !form.matches("[hx-post], [data-hx-post]")) return release(form);
      for (const button of form.querySelectorAll("button[type=submit], button:not([type])")) {
        button.setAttribute("aria-busy", "true");
        button.disabled = true;
      }
    });
  }, true);
  window.addEventListener("pageshow", () => document.querySelectorAll("form[data-sent]").forEach(release));
  document.addEventListener("htmx:afterRequest", (event) => {
    // The form's own answer: a search for sites inside it does not wake its buttons.
    if (event.target.matches && event.target.matches("form[data-sent]")) release(event.target);
  });

  // The first thing to repair takes the focus.
  const focusError = (scope) => {
    const wrong = scope.querySelector(".is-invalid, [aria-invalid=true]") || scope.querySelector("[data-error-summary]");
    if (wrong) wrong.focus();
  };
  document.addEventListener("htmx:afterSwap", (event) => focusError(event.detail.target));
  focusError(document);

  // Buttons that stay at the bottom of the window; what has the focus must not stand behind them.
  const FEET = ".phone-main .form-actions, .phone-foot, .bulk-row.is-chosen, .moves-foot .btn-primary";
  function clearOfFoot(focused) {
    const foot = document.querySelector(FEET);
    const position = foot && getComputedStyle(foot).position;
    if (!["sticky", "fixed"].includes(position) || foot.contains(focused)) return;
    // What comes after buttons that stick is below them, never behind.
    const isAfter = foot.compareDocumentPosition(focused) & Node.DOCUMENT_POSITION_FOLLOWING;
    if (position === "sticky" && isAfter) return;
    const hidden = focused.getBoundingClientRect().bottom + 12 - foot.getBoundingClientRect().top;
    if (hidden > 0) window.scrollBy({ top: hidden, behavior: "instant" });
  }
  document.addEventListener("focusin", (event) => clearOfFoot(event.target));

  // htmx: an answer that never came, or is no fragment, must not pass in silence.
  const tell = (name) => {
    const template = document.getElementById(name);
    const notices = document.getElementById("notices");
    if (!template || !notices) return;
    notices.replaceChildren(template.content.cloneNode(true));
    notices.scrollIntoView({ block: "center" });
  };
  document.addEventListener("htmx:beforeRequest", (event) => {
    // What was said about the last attempt does not hold for the next.
    if (event.detail.requestConfig.verb !== "get") document.getElementById("notices")?.replaceChildren();
  });
  document.addEventListener("htmx:sendError", (event) => {
    // A poll that misses once asks again by itself.
    if (event.detail.requestConfig.verb !== "get" || event.target.matches("a, form")) tell("fault-network");
  });
  document.addEventListener("htmx:responseError", (event) => {
    // A poll for what is gone would ask, and be told, every two seconds.
    if (event.target.matches("[hx-trigger^=every]")) event.target.replaceWith(...event.target.childNodes);
    tell(event.detail.xhr.status === 404 || event.detail.xhr.status === 403 ? "fault-missing" : "fault-answer");
  });
  document.addEventListener("htmx:beforeSwap", (event) => {
    const { xhr, requestConfig } = event.detail;
    if (!/^\s*<!doctype html/i.test(xhr.responseText)) return;
    const answered = new URL(xhr.responseURL || location.href, location.href);
    const asked = new URL(requestConfig.path, location.href);
    if (answered.pathname === asked.pathname) return;
    // Redirected to a whole page: after log-out to the log-in, else to the record.
    event.detail.shouldSwap = false;
    if (!answered.pathname.includes(loginPath)) location.assign(answered);
    // Within a form there is something to lose, such as photos that nothing brings back.
    else if (event.target.closest("form[method=post]")) tell("fault-login");
    else location.reload();
  });
  document.addEventListener("htmx:targetError", (event) => {
    // A page without the place to swap into goes there the plain way.
    if (event.target.matches("form")) event.target.submit();
    else if (event.target.matches("a[href]")) location.assign(event.target.href);
  });
})();
