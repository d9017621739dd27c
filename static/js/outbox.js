// The outbox: a form with its photos waits in IndexedDB until the server has all of it.
// It does so on plain HTTP, too, where there is no service worker; that one only opens pages without signal.
//
// A form takes part with data-outbox (its key stands in `client_key`, who fills it in in data-person). Sent are first its
// photos, one by one, each acknowledged by its digest and held by the server; then the form, naming what is held. Under
// the same key it is stored once, however often it is sent, from however many tabs.
(() => {
  "use strict";
  const panel = document.querySelector("[data-outbox-panel]");
  if (!panel || !window.indexedDB || !window.idb) return;
  // The sentences of the panel, and where things are sent.
  const words = { ...panel.dataset };

  const here = location.pathname + location.search;
  const RESTORE = "#restore=";
  const DATABASE = "cityinit-outbox";
  // A tab that sends says so; one that was closed meanwhile is forgotten after this.
  const LEASE = 15_000;
  const POLL = 15_000;
  const WAITS = [5_000, 15_000, 60_000, 300_000];
  // How long an answer may take: a minute, and for a photo as long as it needs on a thin line (bytes in a millisecond).
  const ANSWER = 60_000;
  const THIN = 8;
  const KEPT_STORED = 24 * 3600_000;
  const KEPT_DRAFT = 3 * 24 * 3600_000;

  // Store -------------------------------------------------------------------------------------------

  const opened = window.idb.openDB(DATABASE, 1, {
    upgrade(database) {
      database.createObjectStore("items", { keyPath: "key" });
      // One row a photo, so that one can be let go while the others wait.
      database.createObjectStore("files", { keyPath: ["item", "n"] });
      database.createObjectStore("known", { keyPath: "name" });
    },
  });
  const ofItem = (key) => IDBKeyRange.bound([key], [key, []]);
  const filesOf = async (key) => (await opened).getAll("files", ofItem(key));
  const known = async (name) => (await (await opened).get("known", name))?.value;
  const remember = async (name, value) => (await opened).put("known", { name, value });

  // Read and write within one transaction: another tab may be at the same item.
  const change = async (key, how) => {
    const task = (await opened).transaction("items", "readwrite");
    const item = await task.store.get(key);
    const changed = item && how(item);
    if (changed) await task.store.put(changed);
    await task.done;
    if (changed) changes.dispatchEvent(new Event("change"));
    return changed || null;
  };
  const remove = async (key) => {
    const task = (await opened).transaction(["items", "files"], "readwrite");
    await Promise.all([task.objectStore("items").delete(key), task.objectStore("files").delete(ofItem(key)), task.done]);
    changes.dispatchEvent(new Event("change"));
  };
  const changes = new EventTarget();
  const items = async () => (await (await opened).getAll("items")).sort((one, other) => one.at - other.at);

  // Without crypto.randomUUID, which plain HTTP does not have.
  const hex = () => Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
  // A page that was kept for want of signal comes with one key each time it is opened; every filling-in has its own.
  const renew = (form) => {
    form.elements.namedItem("client_key").value = uuid();
  };
  const uuid = () => hex().replace(/^(.{8})(.{4}).(.{3}).(.{3})(.{12})$/, "$1-$2-4$3-a$4-$5");

  // What a form holds, with the button it was sent by: its fields, and its photos in their order.
  const contents = (form, button) => {
    const fields = button?.name ? [[button.name, button.value]] : [];
    const photos = [];
    for (const [name, value] of new FormData(form)) {
      if (value instanceof File) {
        if (value.size) photos.push({ field: name, file: value });
      } else if (name !== "csrfmiddlewaretoken") fields.push([name, value]);
    }
    return { fields, photos };
  };

  // The phone's clock may be wrong: what the server said it was lies beside it, if it was heard since this page opened.
  let offset = null;

  const put = async (form, { state, title = "", button = null }) => {
    const { fields, photos } = contents(form, button);
    const key = form.elements.namedItem("client_key").value;
    // On disk before it is called stored: a phone's battery may be at its end.
    const task = (await opened).transaction(["items", "files"], "readwrite", { durability: "strict" });
    const [store, fileStore] = [task.objectStore("items"), task.objectStore("files")];
    const there = await store.get(key);
    // Sent already, from another tab or before going back: what is on its way is not written over.
    // What was turned down stays in the list until it is sent anew: a draft of it would be out of sight.
    if (there && there.state !== "draft" && (there.state !== "refused" || state === "draft")) {
      await task.done;
      return there;
    }
    const item = {
      key,
      state,
      title,
      url: form.getAttribute("action") || here,
      page: here,
      person: Number(form.dataset.person),
      at: there?.at || Date.now(),
      offset: there ? there.offset : offset,
      forms: there?.forms || {},
      fields,
      tries: 0,
      next: 0,
      lease: 0,
    };
    for (const { field } of photos) item.forms[field] ||= hex();
    const kept = new Map((await fileStore.getAll(ofItem(key))).map((row) => [row.n, row]));
    let n = 0;
    for (const { field, file } of photos) {
      const row = kept.get(n);
      if (!row || row.field !== field || row.mark !== markOf(file)) {
        const made = window.photos.made(file) || { blob: file, source: null, sha256: "" };
        fileStore.put({ item: key, n, field, name: file.name, mark: markOf(file), held: 0, ...made });
      }
      kept.delete(n);
      n += 1;
    }
    for (const gone of kept.keys()) fileStore.delete([key, gone]);
    item.photos = n;
    store.put(item);
    await task.done;
    changes.dispatchEvent(new Event("change"));
    return item;
  };
  // Filled in again as it was; what the page itself says in hidden fields is of today.
  const fill = async (form, item) => {
    const values = new Map();
    for (const [name, value] of item.fields) values.set(name, [...(values.get(name) || []), value]);
    for (const field of form.elements) {
      const given = values.get(field.name) || [];
      if (field.type === "radio" || field.type === "checkbox") field.checked = given.includes(field.value);
      else if (!["hidden", "file", "submit", "button", "fieldset"].includes(field.type)) field.value = given[0] ?? "";
      if (field.checked) field.closest("details")?.setAttribute("open", "");
    }
    form.elements.namedItem("client_key").value = item.key;
    const files = new Map();
    for (const row of await filesOf(item.key)) {
      const file = new File([row.blob], row.name, { type: row.blob.type });
      if (row.sha256) window.photos.know(file, { blob: file, sha256: row.sha256, source: row.source });
      files.set(row.field, [...(files.get(row.field) || []), file]);
    }
    for (const picker of form.querySelectorAll("[data-photo-picker]")) {
      picker.dispatchEvent(new CustomEvent("photos:put", { detail: files.get(picker.dataset.field) || [] }));
    }
    for (const input of form.querySelectorAll("input[type=file][name]")) {
      if (input.closest("[data-photo-picker]") || !files.has(input.name)) continue;
      const transfer = new DataTransfer();
      for (const file of files.get(input.name)) transfer.items.add(file);
      input.files = transfer.files;
    }
    form.dispatchEvent(new Event("change", { bubbles: true }));
  };
  const markOf = (file) => `${file.name}/${file.size}/${file.lastModified}`;

  // Sending -----------------------------------------------------------------------------------------

  class Later extends Error {
    constructor(why) {
      super(why);
      this.why = why;
    }
  }
  class Never extends Error {}

  const token = () => document.cookie.match(/(?:^|; )csrftoken=(\w+)/)?.[1] || "";
  const ask = async (url, { size = 0, ...options } = {}) => {
    const patience = new AbortController();
    const timer = setTimeout(() => patience.abort(), ANSWER + size / THIN);
    try {
      return await fetch(url, { credentials: "same-origin", redirect: "manual", cache: "no-store", signal: patience.signal, ...options });
    } catch {
      throw new Later("network");
    } finally {
      clearTimeout(timer);
    }
  };
  const post = (url, body, { size = 0, headers = {} } = {}) =>
    ask(url, { method: "POST", body, size, headers: { "X-CSRFToken": token(), ...headers } });

  const who = async () => {
    const begun = Date.now();
    const answer = await ask(words.whoUrl);
    if (answer.type === "opaqueredirect") throw new Later("login");
    if (answer.status === 403) throw new Later("forbidden");
    if (!answer.ok) throw new Later("trouble");
    let told;
    try {
      told = await answer.json();
    } catch {
      // The page of a network that wants a log-in of its own, say.
      throw new Later("trouble");
    }
    offset = told.now - (begun + Date.now()) / 2;
    // Pages were kept for somebody else: what is filled in there would go out in that name.
    if (told.person !== Number(words.person) && window.caches) await caches.delete("pages");
    return told;
  };

  const drained = { running: null, again: false };
  const drain = () => {
    drained.again = true;
    drained.running ??= (async () => {
      while (drained.again) {
        drained.again = false;
        await sweep();
        await sendDue();
      }
    })().finally(() => {
      drained.running = null;
    });
    return drained.running;
  };

  const sendDue = async () => {
    const now = Date.now();
    // A clock that was set back must not make an item wait for a day.
    const due = (await items()).filter((item) => item.state === "waiting" && (item.next <= now || item.next > now + WAITS.at(-1)));
    if (!due.length) return;
    for (const item of due) {
      let told;
      try {
        // Asked for each: in the minutes that many photos take, somebody else may have signed in.
        told = await who();
      } catch (fault) {
        if (!(fault instanceof Later)) throw fault;
        for (const late of due) await postpone(late.key, fault.why);
        return;
      }
      if (item.person !== told.person) await change(item.key, (row) => ({ ...row, why: "other" }));
      else if (await claim(item.key)) await send(item.key);
    }
  };

  const claim = (key) => change(key, (item) => {
    const left = item.lease - Date.now();
    const taken = left > 0 && left <= LEASE;
    return item.state === "waiting" && !taken && { ...item, lease: Date.now() + LEASE, why: "sending", sent: 0 };
  });
  const postpone = (key, why) => change(key, (item) => {
    // A network that is missing is told by the browser; what answers wrongly is asked less and less.
    const tries = why === "network" || why === "login" ? item.tries : item.tries + 1;
    const wait = WAITS[Math.min(tries, WAITS.length - 1)];
    return { ...item, why, tries, lease: 0, next: why === "login" ? 0 : Date.now() + wait };
  });

  const send = async (key) => {
    const going = (item) => item.state === "waiting" && item.why === "sending" && { ...item, lease: Date.now() + LEASE };
    const beat = setInterval(() => change(key, going), LEASE / 3);
    try {
      const item = await change(key, (row) => row);
      const rows = await filesOf(key);
      for (const [at, row] of rows.entries()) {
        await change(key, (now) => ({ ...now, lease: Date.now() + LEASE, sent: at }));
        if (!row.held) await sendFile(item, row);
      }
      await change(key, (now) => ({ ...now, lease: Date.now() + LEASE, sent: rows.length }));
      await sendForm(item, await filesOf(key));
    } catch (fault) {
      if (fault instanceof Later) await postpone(key, fault.why);
      else if (fault instanceof Never) await change(key, (item) => ({ ...item, state: "refused", said: fault.message, lease: 0 }));
      else {
        await postpone(key, "trouble");
        throw fault;
      }
    } finally {
      clearInterval(beat);
    }
  };

  const sendFile = async (item, row) => {
    let ready = row;
    if (!row.sha256) {
      const made = await window.photos.prepare(row.blob);
      ready = { ...row, ...made };
      await (await opened).put("files", ready);
    }
    const body = new FormData();
    body.append("form", item.forms[row.field]);
    body.append("sha256", ready.sha256);
    for (const [name, value] of Object.entries(ready.source)) body.append(name === "sha256" ? "source_sha256" : name, value);
    body.append("file", ready.blob, row.name || "photo.jpg");
    const answer = await post(words.filesUrl, body, { size: ready.blob.size });
    if (answer.type === "opaqueredirect") throw new Later("login");
    if (answer.status === 403) throw new Later("forbidden");
    if (answer.status === 413) throw new Never(words.large.replace("{n}", row.n + 1));
    const told = await answer.json().catch(() => ({}));
    if (answer.status === 422) throw new Never(words.photo.replace("{n}", row.n + 1) + told.fault);
    if (answer.status === 507) throw new Later("full");
    // Only the very bytes that are here are acknowledged.
    if (!answer.ok || told.sha256 !== ready.sha256) throw new Later("trouble");
    await (await opened).put("files", { ...ready, held: told.held });
  };

  const sendForm = async (item, rows) => {
    const body = new FormData();
    for (const [name, value] of item.fields) body.append(name, value);
    const moment = Math.round(item.at + (item.offset ?? offset ?? 0));
    body.set("captured_at", new Date(moment).toISOString());
    for (const [field, form] of Object.entries(item.forms)) body.append(`${field}-form`, form);
    for (const row of rows) body.append(`${row.field}-held`, row.held);
    // Spoken as htmx does: a redirect comes as a header, a refusal as a sentence.
    const answer = await post(item.url, body, { headers: { "HX-Request": "true" } });
    const stored = answer.headers.get("HX-Redirect");
    if (answer.ok && stored) return done(item.key, stored);
    if (answer.type === "opaqueredirect") throw new Later("login");
    if (answer.status === 507) throw new Later("full");
    if (answer.ok || answer.status >= 500 || answer.status === 408 || answer.status === 429) throw new Later("trouble");
    const sentence = await sentenceIn(answer);
    // The log-in may have ended in between, or what is held been swept: asked once more before it is the person's turn.
    await who();
    if (!item.again) {
      const task = (await opened).transaction("files", "readwrite");
      for (const row of rows) task.store.put({ ...row, held: 0 });
      await task.done;
      await change(item.key, (row) => ({ ...row, again: true, lease: 0, next: 0 }));
      drained.again = true;
      return;
    }
    throw new Never(sentence || words.refused);
  };

  const sentenceIn = async (answer) => {
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const faults = [...page.querySelectorAll("[data-error-summary] li")].map((line) => line.textContent.trim());
    const notice = page.querySelector(".notice-text, .fault-text");
    return faults.join("；") || notice?.textContent.trim() || "";
  };

  const done = async (key, url) => {
    // The form is stored with every photo it named: only now the phone may forget them.
    const task = (await opened).transaction(["items", "files"], "readwrite");
    const item = await task.objectStore("items").get(key);
    await task.objectStore("files").delete(ofItem(key));
    await task.objectStore("items").put({ ...item, state: "stored", stored: url, doneAt: Date.now(), fields: [], lease: 0 });
    await task.done;
    changes.dispatchEvent(new Event("change"));
    document.dispatchEvent(new CustomEvent("outbox:stored", { detail: { key, url } }));
  };

  const sweep = async () => {
    for (const item of await items()) {
      const age = Date.now() - (item.doneAt || item.at);
      if (item.state === "stored" && age > KEPT_STORED) await remove(item.key);
      if (item.state === "draft" && age > KEPT_DRAFT && !item.photos) await remove(item.key);
    }
  };

  // The panel ---------------------------------------------------------------------------------------

  const stateOf = (item) => {
    if (item.state === "stored") return words.stored;
    if (item.state === "refused") return `${words.refused}${item.said ? `：${item.said}` : ""}`;
    const left = item.lease - Date.now();
    if (item.why === "sending" && left > 0 && left <= LEASE) {
      return item.sent < item.photos
        ? words.sending.replace("{n}", item.sent + 1).replace("{of}", item.photos)
        : words.finishing;
    }
    return words[item.why] || words.waiting;
  };
  const TONES = { stored: "green", refused: "red" };

  const draw = async () => {
    const all = (await items()).filter((item) => item.state !== "draft").reverse();
    // Of what has arrived the latest will do: it must not push the form off the screen.
    const arrived = all.filter((item) => item.state === "stored").sort((one, other) => other.doneAt - one.doneAt);
    const shown = [...all.filter((item) => item.state !== "stored"), ...arrived.slice(0, 1)];
    panel.hidden = !shown.length;
    const waiting = all.length - arrived.length;
    panel.querySelector("[data-outbox-count]").textContent = waiting ? words.count.replace("{n}", waiting) : words.none;
    panel.querySelector("[data-outbox-send]").hidden = !shown.some((item) => item.state === "waiting");
    panel.querySelector("[data-outbox-login]").hidden = !shown.some((item) => item.why === "login" && item.state === "waiting");
    const list = panel.querySelector("[data-outbox-list]");
    const held = list.contains(document.activeElement) && document.activeElement.closest("li")?.dataset.key;
    list.replaceChildren(...shown.map(row));
    if (held) list.querySelector(`[data-key="${held}"] button, [data-key="${held}"] a`)?.focus();
  };
  const row = (item) => {
    const line = panel.querySelector("template").content.firstElementChild.cloneNode(true);
    line.dataset.key = item.key;
    line.dataset.tone = TONES[item.state] || (item.why === "sending" ? "blue" : "orange");
    line.querySelector("[data-title]").textContent = item.title || words.untitled;
    line.querySelector("[data-when]").textContent = new Date(item.at).toLocaleTimeString("zh-CN", { hour: "2-digit", minute: "2-digit" });
    line.querySelector("[data-said]").textContent = stateOf(item);
    line.classList.toggle("is-stored", item.state === "stored");
    const [open, edit, save, drop] = ["open", "edit", "save", "drop"].map((name) => line.querySelector(`[data-${name}]`));
    open.hidden = item.state !== "stored";
    if (item.stored) open.href = item.stored;
    const mine = item.person === Number(words.person);
    edit.hidden = item.state !== "refused" || !mine;
    save.hidden = item.state === "stored" || !item.photos || !mine;
    // What may be on its way is not thrown away by a slip of the thumb.
    drop.hidden = item.state === "waiting" || (item.state !== "stored" && !mine);
    drop.textContent = item.state === "stored" ? words.hide : words.drop;
    return line;
  };
  const act = async (event) => {
    const button = event.target.closest("button");
    const key = event.target.closest("[data-key]")?.dataset.key;
    if (!button) return;
    if (button.matches("[data-outbox-send]")) {
      for (const item of await items()) if (item.state === "waiting") await change(item.key, (now) => ({ ...now, next: 0 }));
      await drain();
    } else if (key && button.matches("[data-save]")) await exportPhotos(key);
    else if (key && button.matches("[data-edit]")) await edit(key);
    else if (key && button.matches("[data-drop]")) {
      const item = (await items()).find((one) => one.key === key);
      if (item.state === "stored") for (const one of await items()) one.state === "stored" && (await remove(one.key));
      else if (window.confirm(words.sure)) await remove(key);
    }
  };
  const edit = async (key) => {
    const item = (await items()).find((one) => one.key === key);
    const form = document.querySelector("form[data-outbox]");
    if (!item) return;
    if (!form || item.page !== here) return location.assign(item.page + RESTORE + key);
    await fill(form, item);
    form.dispatchEvent(new CustomEvent("outbox:filled", { detail: item }));
    form.scrollIntoView({ block: "start" });
  };
  // The way out where storage is short or a phone is handed back: the photos as files.
  const exportPhotos = async (key) => {
    for (const photo of await filesOf(key)) {
      const link = document.createElement("a");
      link.href = URL.createObjectURL(photo.blob);
      link.download = photo.name || `${photo.n + 1}.jpg`;
      link.click();
      setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
    }
  };

  // Doors -------------------------------------------------------------------------------------------

  changes.addEventListener("change", draw);
  panel.addEventListener("click", act);
  draw();
  // Other tabs change the same items and tell nobody.
  setInterval(draw, 3_000);
  window.addEventListener("online", async () => {
    for (const item of await items()) if (item.why === "network") await change(item.key, (now) => ({ ...now, next: 0 }));
    drain();
  });
  document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && drain());
  setInterval(drain, POLL);
  drain();
  // Whoever is asked keeps it: browsers may otherwise clear away what a page stored.
  navigator.storage?.persist?.();
  if (window.isSecureContext && navigator.serviceWorker) {
    navigator.serviceWorker.register(words.workerUrl).catch(() => {});
    // What this page leads to in the field is fetched before the signal is gone.
    const wanted = [...document.querySelectorAll("a[data-keep]")].map((link) => link.href);
    if (wanted.length) navigator.serviceWorker.ready.then((ready) => ready.active.postMessage({ keep: wanted }));
  }

  // A form that has no script of its own for it goes through the outbox as it is.
  for (const form of document.querySelectorAll("form[data-outbox=plain]")) {
    let touched = false;
    renew(form);
    form.addEventListener("input", () => { touched = true; });
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      touched = false;
      const title = document.title.split(" · ")[0];
      let item;
      try {
        item = await put(form, { state: "waiting", title: form.dataset.title || title, button: event.submitter });
      } catch {
        // No room on the phone, or no storage at all: the plain way may still work.
        return HTMLFormElement.prototype.submit.call(form);
      }
      document.addEventListener("outbox:stored", ({ detail }) => {
        // Who has gone on filling in is not taken away from it.
        if (detail.key === item.key && !touched) location.assign(detail.url);
      });
      panel.scrollIntoView({ block: "center" });
      renew(form);
      drain();
    });
  }
  if (location.hash.startsWith(RESTORE)) window.addEventListener("load", () => edit(location.hash.slice(RESTORE.length)));

  window.outbox = { put, drain, items, remove, fill, known, remember, renew };
})();
