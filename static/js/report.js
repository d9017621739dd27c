// The capture page: what was filled in survives a closed browser, places come nearest first, sentences by the type of
// site, a code is read from a photo. What is sent goes through the outbox; without it, the plain form is sent.
(() => {
  "use strict";
  const form = document.querySelector("form[data-outbox=report]");
  const outbox = window.outbox;
  if (!form || !outbox) return;

  const OFFERED = 6;
  const RECENT = 12;
  const words = { ...document.getElementById("report-words").dataset, ...form.dataset };
  const place = form.elements.namedItem("place");
  const options = document.getElementById("site-options");
  const hint = options.querySelector("[data-hint]");
  const offered = options.querySelector("[data-offered]");
  const key = form.elements.namedItem("client_key");
  const pickers = new Map([...form.querySelectorAll("[data-photo-picker]")].map((one) => [one.dataset.field, one]));

  // Places ------------------------------------------------------------------------------------------

  let sites = [], phrases = {}, recent = [], position = null;
  // Where the last report was is not where the phone is: it orders the sites and measures nothing.
  let isGuessed = false;
  // A site that stayed ticked from the report before, which nobody has chosen for this one.
  let carried = 0;

  const metres = (one, other) => {
    const radians = Math.PI / 180;
    const x = (other.longitude - one.longitude) * radians * Math.cos(((one.latitude + other.latitude) / 2) * radians);
    const y = (other.latitude - one.latitude) * radians;
    return 6371000 * Math.hypot(x, y);
  };
  const away = (site) => (position && site.latitude !== null ? metres(position, site) : Infinity);
  const told = (distance) => {
    if (isGuessed || !Number.isFinite(distance)) return "";
    return length(distance);
  };
  const length = (distance) => {
    return distance < 1000
      ? words.metres.replace("{n}", Math.max(10, Math.round(distance / 10) * 10))
      : words.kilometres.replace("{n}", (distance / 1000).toFixed(1));
  };
  const chosenSite = () => Number(form.querySelector("input[name=site]:checked")?.value || 0);

  const offer = () => {
    if (!sites.length) return;
    const typed = place.value.trim().toLowerCase().split(/\s+/).filter(Boolean);
    const chosen = chosenSite();
    let found, said;
    if (typed.length) {
      found = sites.filter((site) => typed.every((word) => site.text.includes(word)));
      said = !found.length ? words.nowhere : found.length > OFFERED ? words.more : words.tap;
    } else if (position) {
      found = sites.filter((site) => site.latitude !== null);
      said = isGuessed ? words.nearLast : words.nearest;
    } else {
      found = recent.map((pk) => sites.find((site) => site.pk === pk)).filter(Boolean);
      said = found.length ? words.recent : "";
    }
    if (position) found = [...found].sort((one, other) => away(one) - away(other));
    const shown = found.slice(0, OFFERED);
    const kept = sites.find((site) => site.pk === chosen);
    // What is chosen stays in sight, whatever is typed after it.
    if (kept && !shown.includes(kept)) shown.unshift(kept);
    hint.textContent = said;
    offered.replaceChildren(...shown.map((site) => choice(site, chosen)));
    offerPhrases();
  };
  const choice = (site, chosen) => {
    const label = document.createElement("label");
    label.className = "choice choice-place";
    const radio = document.createElement("input");
    Object.assign(radio, { type: "radio", name: "site", value: site.pk, checked: site.pk === chosen });
    const name = document.createElement("span");
    name.textContent = site.name;
    label.append(radio, name);
    const distance = told(away(site));
    if (distance) {
      const small = document.createElement("small");
      small.textContent = distance;
      label.append(small);
    }
    return label;
  };
  const choose = (pk) => {
    const site = sites.find((one) => one.pk === pk);
    if (!site) return false;
    carried = 0;
    place.value = "";
    // Of two radios that are put in checked, the later one would win.
    for (const other of form.querySelectorAll("input[name=site]")) other.checked = false;
    offered.replaceChildren(choice(site, pk), ...[...offered.children].filter((one) => one.firstChild.value !== String(pk)));
    hint.textContent = words.chosen;
    offerPhrases();
    warn();
    save();
    return true;
  };
  place.addEventListener("input", () => {
    // Who types means another place than the one that was chosen.
    const before = form.querySelector("input[name=site]:checked");
    if (before && place.value.trim()) before.checked = false;
    offer();
  });
  // A road or a park has one point in the register: what the person chose stays, however far off that point is. What only
  // stayed from the report before does not: who files three findings at one market saves a tap each, who has gone on is
  // not filed there.
  const locate = (where, { guessed = false } = {}) => {
    [position, isGuessed] = [where, guessed];
    const site = sites.find((one) => one.pk === carried);
    if (site && !guessed && chosenSite() === carried && away(site) > Number(words.farMetres) && Number.isFinite(away(site))) {
      form.querySelector("input[name=site]:checked").checked = false;
      carried = 0;
    }
    offer();
    warn();
  };
  // What the office will be told of these photos, said before they are sent; it keeps nobody from sending.
  const warning = form.querySelector("[data-far-notice]");
  const warn = () => {
    const site = sites.find((one) => one.pk === chosenSite());
    const far = [];
    for (const picker of pickers.values()) {
      for (const [place, file] of [...picker.querySelector("[data-album]").files].entries()) {
        const { latitude, longitude } = window.photos.made(file)?.source || {};
        if (!latitude || !site || site.latitude === null) continue;
        const off = metres({ latitude: Number(latitude), longitude: Number(longitude) }, site);
        if (off > Number(words.farMetres)) far.push(words.far.replace("{n}", place + 1).replace("{distance}", length(off)));
      }
    }
    warning.hidden = !far.length;
    warning.querySelector("[data-lines]").replaceChildren(
      ...far.map((line) => Object.assign(document.createElement("li"), { textContent: line })),
    );
  };
  const take = (data) => {
    sites = data.sites.map(([pk, code, name, kind, latitude, longitude, address]) => ({
      ...{ pk, name, kind, latitude, longitude },
      text: `${code} ${name} ${address}`.toLowerCase(),
    }));
    phrases = data.phrases;
    offer();
    offerPhrases();
  };
  const load = async () => {
    const name = `field-${words.campaign}`;
    const drawn = [...offered.querySelectorAll("input")].map((one) => Number(one.value));
    recent = (await outbox.known(`recent-${words.campaign}`)) || drawn;
    const kept = await outbox.known(name);
    if (kept) take(kept);
    const fetched = (async () => {
      try {
        const answer = await outbox.ask(words.fieldUrl);
        if (!answer.ok) return;
        const fresh = JSON.parse(answer.text);
        await outbox.remember(name, fresh);
        take(fresh);
      } catch {
        // No signal: what was brought along last time is used.
      }
    })();
    // A line on which nothing comes must not keep back what is on the phone.
    if (!kept) await fetched;
  };

  // Sentences ---------------------------------------------------------------------------------------

  const shelf = form.querySelector("[data-phrases]");
  const description = form.elements.namedItem("description");
  const offerPhrases = () => {
    const kind = sites.find((site) => site.pk === chosenSite())?.kind;
    const lines = [...(phrases[kind] || []), ...(phrases[""] || [])];
    const drawn = lines.map((line) => {
      const chip = document.createElement("button");
      Object.assign(chip, { type: "button", className: "phrase", textContent: line });
      return chip;
    });
    shelf?.replaceChildren(...drawn);
    if (shelf) shelf.hidden = !lines.length;
  };
  shelf?.addEventListener("click", ({ target }) => {
    if (!target.matches("button")) return;
    const before = description.value.trim();
    description.value = before ? `${before}${/[，。；！？]$/.test(before) ? "" : "，"}${target.textContent}` : target.textContent;
    save();
  });
  form.addEventListener("change", ({ target }) => {
    if (target.name !== "site") return;
    carried = 0;
    offerPhrases();
    warn();
  });

  // A site's code, from a photo of its label: no page without HTTPS is given the camera itself.
  const scanner = form.querySelector("[data-scan]");
  const scanned = form.querySelector("[data-scan-said]");
  // Fetched when it is wanted, and once.
  const scripts = new Map();
  const script = (url) => {
    if (!scripts.has(url)) {
      const loading = new Promise((resolve, reject) => {
        const tag = document.createElement("script");
        Object.assign(tag, { src: url, onload: resolve, onerror: reject });
        document.head.append(tag);
      });
      loading.catch(() => scripts.delete(url));
      scripts.set(url, loading);
    }
    return scripts.get(url);
  };
  const decode = async (file) => {
    await script(words.scanUrl);
    const picture = await window.createImageBitmap(file, { imageOrientation: "from-image" });
    // Small codes need the detail, large ones are found sooner without it.
    for (const edge of [800, 1600, 2400]) {
      const share = Math.min(1, edge / Math.max(picture.width, picture.height));
      const canvas = document.createElement("canvas");
      canvas.width = Math.round(picture.width * share);
      canvas.height = Math.round(picture.height * share);
      const pen = canvas.getContext("2d", { willReadFrequently: true });
      pen.drawImage(picture, 0, 0, canvas.width, canvas.height);
      const pixels = pen.getImageData(0, 0, canvas.width, canvas.height);
      const found = window.jsQR(pixels.data, pixels.width, pixels.height);
      if (found?.data) return found.data;
      if (share === 1) break;
    }
    return "";
  };
  scanner.addEventListener("change", async () => {
    const [file] = scanner.files;
    if (!file) return;
    scanned.textContent = words.scanning;
    let text = "";
    try {
      text = await decode(file);
    } catch {
      // Told as a code that was not made out: the remedy is the same.
    }
    scanner.value = "";
    const pk = Number(text.match(/\/sites\/(\d+)\//)?.[1] || 0);
    if (pk && choose(pk)) scanned.textContent = words.scanned;
    else scanned.textContent = text ? words.strange : words.unread;
  });

  // The map is the way for who knows where a place is and not what it is called.
  const chart = document.getElementById("chart");
  form.querySelector("[data-open-map]").addEventListener("click", async () => {
    const placed = sites.filter((site) => site.latitude !== null);
    if (!placed.length) {
      scanned.textContent = words.unplaced;
      return;
    }
    try {
      for (const url of JSON.parse(words.mapUrls)) await script(url);
    } catch {
      scanned.textContent = words.noMap;
      return;
    }
    const map = chart.querySelector("[data-map]");
    chart.showModal();
    // Drawn anew each time: the phone has moved.
    const fresh = map.cloneNode(false);
    Object.assign(fresh, { sites: placed, near: position });
    fresh.addEventListener("map:chosen", ({ detail }) => {
      choose(detail);
      chart.close();
    });
    map.replaceWith(fresh);
    window.siteMaps.start(fresh);
  });

  // The form ----------------------------------------------------------------------------------------

  const errors = document.getElementById("capture-errors");
  const faults = () => {
    const data = new FormData(form);
    const chosen = (name) => data.getAll(name).some((file) => file.size);
    const fixed = data.get("fixed");
    const found = [];
    if (form.querySelector("[name=category]") && !data.get("category")) found.push(words.needCategory);
    if (!data.get("site") && !data.get("place").trim() && !data.get("latitude")) found.push(words.needPlace);
    if (fixed && !chosen("photos")) found.push(words.needBefore);
    if (fixed && !chosen("after_photos")) found.push(words.needAfter);
    if (!fixed && !chosen("photos") && !data.get("description").trim()) found.push(words.needPhoto);
    return found;
  };
  const tell = (lines) => outbox.tell(errors, lines);
  const title = () => {
    const category = form.querySelector("input[name=category]:checked")?.closest("label").textContent.trim();
    const where = form.querySelector("input[name=site]:checked")?.parentElement.querySelector("span")?.textContent;
    return [words.title, category, where || place.value.trim()].filter(Boolean).join(" · ");
  };

  // A phone short of memory closes the page while its camera is open: what is there so far is kept with each change.
  let restoring = false;
  const draft = outbox.autosave(form, () => ({ title: title() }));
  const save = () => !restoring && draft.save();
  form.addEventListener("input", save);
  form.addEventListener("change", save);
  form.addEventListener("photos:chosen", async ({ detail }) => {
    save();
    // Where the photo is taken, not where the last capture was sent.
    if (detail.length && !restoring) form.dispatchEvent(new Event("position:ask"));
    const files = [...detail];
    const told = await Promise.all(files.map((file) => window.photos.prepare(file).catch(() => null)));
    save();
    const placed = told.find((made) => made?.source.latitude)?.source;
    if (placed && !form.elements.namedItem("latitude").value) {
      locate({ latitude: Number(placed.latitude), longitude: Number(placed.longitude) });
    }
    warn();
  });

  const clear = () => {
    form.querySelector("details[open] input[name=category]:checked")?.closest("details").removeAttribute("open");
    const site = chosenSite();
    for (const picker of pickers.values()) picker.dispatchEvent(new CustomEvent("photos:put", { detail: [] }));
    form.reset();
    for (const name of ["latitude", "longitude"]) form.elements.namedItem(name).value = "";
    delete form.dataset.position;
    for (const box of form.querySelectorAll("input[name=category]:checked")) box.checked = false;
    place.value = "";
    draft.cancel();
    outbox.renew(form);
    scanned.textContent = "";
    errors.replaceChildren();
    const again = form.querySelector(`input[name=site][value="${site}"]`);
    if (again) again.checked = true;
    carried = site;
    // The next one may be elsewhere: only what is asked anew measures.
    const last = sites.find((one) => one.pk === site);
    if (last && last.latitude !== null) locate(last, { guessed: true });
    else offer();
    warn();
  };
  const submit = async () => {
    const wrong = faults();
    tell(wrong);
    if (wrong.length) return;
    await draft.stop();
    const site = chosenSite();
    let item;
    try {
      item = await outbox.put(form, { state: "waiting", title: title() });
    } catch {
      // No room on the phone, or no storage at all: the plain way may still work.
      if (navigator.onLine) return HTMLFormElement.prototype.submit.call(form);
      return tell([words.noRoom]);
    }
    if (site) {
      recent = [site, ...recent.filter((pk) => pk !== site)].slice(0, RECENT);
      await outbox.remember(`recent-${words.campaign}`, recent);
    }
    clear();
    document.querySelector("[data-outbox-panel]").scrollIntoView({ block: "start" });
    if (item.already) say(words.already);
    outbox.drain();
  };
  outbox.once(form, submit);
  const say = (sentence) => {
    const notice = document.createElement("div");
    notice.className = "notice";
    notice.setAttribute("role", "status");
    notice.append(Object.assign(document.createElement("div"), { className: "notice-text", textContent: sentence }));
    errors.replaceChildren(notice);
  };

  const restore = async (item) => {
    restoring = true;
    await outbox.fill(form, item);
    const values = new Map(item.fields);
    for (const name of ["latitude", "longitude"]) form.elements.namedItem(name).value = values.get(name) || "";
    if (values.get("latitude")) form.dataset.position = "kept";
    if (values.has("site")) choose(Number(values.get("site")));
    restoring = false;
    offerPhrases();
  };
  form.addEventListener("outbox:edit", async ({ detail }) => {
    await restore(detail);
    tell([detail.said].filter(Boolean));
  });
  const resumed = document.querySelector("[data-resumed]");
  resumed.querySelector("button").addEventListener("click", async () => {
    await outbox.remove(key.value);
    clear();
    resumed.hidden = true;
  });

  const start = async () => {
    outbox.renew(form);
    await load();
    const drafts = (await outbox.items()).filter((item) => item.state === "draft" && item.page.split("?")[0] === location.pathname);
    const mine = drafts.filter((item) => item.person === Number(words.person));
    const said = (item) => item.photos || new Map(item.fields).get("description");
    const worth = mine.filter(said).at(-1);
    // A page that was kept on the phone is the same whatever site it is opened for.
    const asked = Number(new URLSearchParams(location.search).get("site"));
    if (asked) choose(asked);
    else if (worth && !outbox.isWanted) {
      await restore(worth);
      resumed.hidden = false;
    }
    for (const draft of mine) if (!said(draft)) await outbox.remove(draft.key);
    const last = sites.find((site) => site.pk === recent[0]);
    if (last && last.latitude !== null && !position) locate(last, { guessed: true });
  };
  form.addEventListener("position:known", ({ detail }) => locate(detail));
  start();
})();
