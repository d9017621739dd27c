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
  // How long nothing may move before it is given up: a minute. What is sent may take as long as it goes on; of what has
  // left the page the end may still stand in the phone, so its answer has longer on a thin line (bytes in a millisecond).
  const STILL = 60_000;
  const THIN = 8;
  const AUTOSAVE = 400;
  const KEPT_STORED = 24 * 3600_000;
  const KEPT_DRAFT = 3 * 24 * 3600_000;
  // A half-filled form about one thing is looked for there, however late.
  const KEPT_ABOUT = 30 * 24 * 3600_000;

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

  // What has arrived is listed for so long, the latest of all for a day.
  const SITTING = 600_000;

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

  // What a person has said, by which two forms are told apart; hidden fields are the page's.
  const markIn = (form, { fields, photos }) => {
    const hidden = new Set([...form.elements].filter((field) => field.type === "hidden").map((field) => field.name));
    const said = fields.filter(([name]) => !hidden.has(name));
    return JSON.stringify([said, photos.map(({ field, file }) => [field, markOf(file)])]);
  };
  const marks = new WeakMap();
  const markOf = (file) => marks.get(file) || `${file.name}/${file.size}/${file.lastModified}`;
  // The form as this page has put it away or taken it out last: what stands there now may be of another tab.
  const knownHere = new WeakMap();

  // The phone's clock may be wrong: what the server said it was lies beside it, if it was heard since this page opened.
  let offset = null;

  // A form becomes a draft, or what waits to be sent. Another tab may have taken out the same draft: what was sent there
  // word for word is not sent again (`already`); whatever says something else becomes one of its own.
  // `after` is what this page saved before: as long as nothing of that has left the phone, this takes its place.
  const put = async (form, { state, title = "", button = null, ...more }) => {
    const held = contents(form, button);
    const mark = markIn(form, held);
    // On disk before it is called stored: a phone's battery may be at its end.
    const task = (await opened).transaction(["items", "files"], "readwrite", { durability: "strict" });
    const [store, fileStore] = [task.objectStore("items"), task.objectStore("files")];
    const keyField = form.elements.namedItem("client_key");
    let there = await store.get(keyField.value);
    const already = there && !["draft", "refused"].includes(there.state) && there.mark === mark;
    // What was turned down stays in the list until it is sent anew: a draft of it would be out of sight.
    if (already || (there?.state === "refused" && state === "draft")) {
      await task.done;
      return { ...there, already };
    }
    const seen = knownHere.get(form);
    const isOurs = ["draft", "refused"].includes(there?.state) && (there.mark === mark || (seen?.key === there.key && seen.mark === there.mark));
    if (there && !isOurs) {
      renew(form);
      there = undefined;
    }
    const key = keyField.value;
    const said = state === "waiting" ? await replaced(store, more.after, key) : [];
    for (const earlier of said) {
      store.delete(earlier.key);
      fileStore.delete(ofItem(earlier.key));
    }
    const fields = held.fields.map(([name, value]) => [name, name === "client_key" ? key : value]);
    let item = {
      ...more,
      key,
      state,
      title,
      mark,
      url: form.getAttribute("action") || here,
      page: here,
      person: Number(form.dataset.person),
      at: (there || said[0])?.at || Date.now(),
      saved: Date.now(),
      offset: there || said[0] ? (there || said[0]).offset : offset,
      forms: there?.forms || {},
      fields,
      tries: 0,
      next: 0,
      lease: 0,
    };
    if (said.length) {
      const gone = new Set(said.map((one) => one.key));
      item.after = [...new Set([...said.flatMap((one) => one.after || []), ...item.after])].filter((one) => !gone.has(one));
    }
    for (const earlier of item.after || []) {
      const sent = await store.get(earlier);
      if (sent?.state === "stored") item = behind(item, sent);
    }
    for (const { field } of held.photos) item.forms[field] ||= hex();
    const kept = new Map((await fileStore.getAll(ofItem(key))).map((row) => [row.n, row]));
    let n = 0;
    for (const { field, file } of held.photos) {
      const row = kept.get(n);
      const made = window.photos.made(file);
      // What was put away as the camera wrote it is much smaller once it is ready to be sent.
      if (!row || row.field !== field || row.mark !== markOf(file) || (made && !row.sha256)) {
        const ready = made || { blob: file, source: null, sha256: "" };
        fileStore.put({ item: key, n, field, name: file.name, mark: markOf(file), held: 0, ...ready });
      }
      kept.delete(n);
      n += 1;
    }
    for (const gone of kept.keys()) fileStore.delete([key, gone]);
    item.photos = n;
    store.put(item);
    await task.done;
    knownHere.set(form, { key, mark });
    changes.dispatchEvent(new Event("change"));
    return item;
  };
  const replaced = async (store, after = [], key) => {
    const there = await Promise.all(after.filter((one) => one !== key).map((one) => store.get(one)));
    return there.filter((one) => one?.state === "waiting" && !one.tried);
  };
  // What was saved on a page after another saving of it was drawn upon that one's words, and is gone on with where that
  // one was stored. What the marks were before says of a page that it is older than this.
  const behind = (item, sent) => ({
    ...item,
    url: sent.goOn || item.url,
    fields: item.fields.map(([name, value]) => [name, sent.marks?.[name] ?? value]),
    older: [...(item.older || []), ...item.fields.filter(([name]) => sent.marks?.[name]).map((field) => field.join("="))],
  });
  // What is typed is put away with each change, and at once when the page goes out of sight: it may not come back.
  const autosave = (form, described) => {
    let timer = null, saving = Promise.resolve();
    const cancel = () => {
      clearTimeout(timer);
      timer = null;
    };
    const write = () => {
      cancel();
      saving = saving.then(() => put(form, { state: "draft", ...described() })).catch(() => {});
    };
    document.addEventListener("visibilitychange", () => timer && document.visibilityState === "hidden" && write());
    const save = () => {
      cancel();
      timer = setTimeout(write, AUTOSAVE);
    };
    const stop = () => {
      cancel();
      return saving;
    };
    return { save, stop, cancel };
  };
  // Filled in again as it was; what the page itself says in hidden fields is of today. `from` says by which name the item
  // knows a field of the form, null where the form keeps what it has.
  const fill = async (form, item, { from = (name) => name, own = true } = {}) => {
    const values = new Map();
    for (const [name, value] of item.fields) values.set(name, [...(values.get(name) || []), value]);
    for (const field of form.elements) {
      const source = from(field.name);
      if (source === null || ["hidden", "file", "submit", "button", "fieldset"].includes(field.type)) continue;
      const given = values.get(source) || [];
      if (field.type === "radio" || field.type === "checkbox") field.checked = given.includes(field.value);
      else field.value = given[0] ?? "";
      if (field.checked) field.closest("details")?.setAttribute("open", "");
    }
    const files = new Map();
    for (const row of await filesOf(item.key)) {
      const file = new File([row.blob], row.name, { type: row.blob.type });
      marks.set(file, row.mark);
      if (row.sha256) window.photos.know(file, { blob: file, sha256: row.sha256, source: row.source });
      files.set(row.field, [...(files.get(row.field) || []), file]);
    }
    for (const picker of form.querySelectorAll("[data-photo-picker]")) {
      picker.dispatchEvent(new CustomEvent("photos:put", { detail: files.get(picker.dataset.field) || [] }));
    }
    for (const input of form.querySelectorAll("input[type=file][name]")) {
      const found = files.get(from(input.name));
      if (input.closest("[data-photo-picker]") || !found) continue;
      const transfer = new DataTransfer();
      for (const file of found) transfer.items.add(file);
      input.files = transfer.files;
    }
    if (own) {
      form.elements.namedItem("client_key").value = item.key;
      knownHere.set(form, { key: item.key, mark: item.mark });
    }
    form.dispatchEvent(new Event("change", { bubbles: true }));
  };

  // Sending -----------------------------------------------------------------------------------------

  class Later extends Error {
    constructor(why) {
      super(why);
      this.why = why;
    }
  }
  class Never extends Error {}

  const token = () => document.cookie.match(/(?:^|; )csrftoken=(\w+)/)?.[1] || "";
  // Asked and read to the end: an answer whose rest never comes is none.
  const ask = async (url) => {
    const patience = new AbortController();
    const timer = setTimeout(() => patience.abort(), STILL);
    try {
      const answer = await fetch(url, { credentials: "same-origin", redirect: "manual", cache: "no-cache", signal: patience.signal });
      return { ok: answer.ok, status: answer.status, moved: answer.type === "opaqueredirect", text: await answer.text() };
    } catch {
      throw new Later("network");
    } finally {
      clearTimeout(timer);
    }
  };
  // Not by fetch, which does not tell how much of a photo has gone: what goes on, however slowly, is not given up.
  const post = (url, body, { size = 0, headers = {} } = {}) => new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    let timer = null;
    const wait = (patience) => {
      clearTimeout(timer);
      timer = setTimeout(() => request.abort(), patience);
    };
    request.open("POST", url);
    for (const [name, value] of Object.entries({ "X-CSRFToken": token(), ...headers })) request.setRequestHeader(name, value);
    request.upload.onprogress = () => wait(STILL);
    request.upload.onload = () => wait(STILL + size / THIN);
    request.onprogress = () => wait(STILL);
    request.onloadend = () => {
      clearTimeout(timer);
      const { status, responseText } = request;
      if (!status) return reject(new Later("network"));
      // A redirect was followed, to the log-in, say: nothing was taken in.
      const moved = new URL(request.responseURL, location).pathname !== new URL(url, location).pathname;
      resolve({ ok: status >= 200 && status < 300, status, moved, text: responseText });
    };
    wait(STILL);
    request.send(body);
  });
  const read = ({ text }) => {
    try {
      return JSON.parse(text) || {};
    } catch {
      return {};
    }
  };

  const who = async () => {
    const begun = Date.now();
    const answer = await ask(words.whoUrl);
    if (answer.moved) throw new Later("login");
    if (answer.status === 403) throw new Later("forbidden");
    const told = read(answer);
    // The page of a network that wants a log-in of its own, say.
    if (!answer.ok || !told.now) throw new Later("trouble");
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
    for (const item of due.sort((one, other) => turn(one) - turn(other))) {
      if (await waitsForAnother(item)) continue;
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

  // What was said about one thing is sent in the order in which it was said, so that the last word is the last one.
  const turn = (item) => item.saved || item.at;
  const waitsForAnother = async (item) =>
    Boolean(item.about) &&
    (await items()).some(
      (other) => other.state === "waiting" && other.about === item.about && other.person === item.person && turn(other) < turn(item),
    );

  const claim = (key) => change(key, (item) => {
    const left = item.lease - Date.now();
    const taken = left > 0 && left <= LEASE;
    return item.state === "waiting" && !taken && { ...item, lease: Date.now() + LEASE, why: "sending", sent: 0, tried: true };
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
    if (answer.moved) throw new Later("login");
    if (answer.status === 403) throw new Later("forbidden");
    if (answer.status === 413) throw new Never(words.large.replace("{n}", row.n + 1));
    const told = read(answer);
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
    // Spoken as htmx does: a refusal comes as a sentence.
    const answer = await post(item.url, body, { headers: { "HX-Request": "true" } });
    const told = read(answer);
    // Only the word that names this very form lets go of it: a redirect may lead to where a password is to be changed.
    if (answer.ok && told.stored === item.key) return done(item.key, told);
    if (answer.moved) throw new Later("login");
    if (answer.status === 507) throw new Later("full");
    if (answer.ok) await who();
    if (answer.ok || answer.status >= 500 || answer.status === 408 || answer.status === 429) throw new Later("trouble");
    const sentence = sentenceIn(answer);
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

  const sentenceIn = ({ text }) => {
    const page = new DOMParser().parseFromString(text, "text/html");
    const faults = [...page.querySelectorAll("[data-error-summary] li")].map((line) => line.textContent.trim());
    const notice = page.querySelector(".notice-text, .fault-text");
    return faults.join("；") || notice?.textContent.trim() || "";
  };

  const done = async (key, { url, marks: told, go_on: goOn }) => {
    // The form is stored with every photo it named: only now the phone may forget them.
    const task = (await opened).transaction(["items", "files"], "readwrite");
    const store = task.objectStore("items");
    const stored = { ...(await store.get(key)), state: "stored", stored: url, marks: told, goOn, doneAt: Date.now(), fields: [], lease: 0 };
    await task.objectStore("files").delete(ofItem(key));
    await store.put(stored);
    for (const item of await store.getAll()) {
      if (item.state !== "stored" && item.after?.includes(key)) await store.put(behind(item, stored));
      // What was turned down before would bring back old words over these.
      const isOlder = item.state === "refused" && stored.about && item.about === stored.about && turn(item) < turn(stored);
      if (isOlder && item.person === stored.person) await store.put({ ...item, passed: true });
    }
    await task.done;
    changes.dispatchEvent(new Event("change"));
    document.dispatchEvent(new CustomEvent("outbox:stored", { detail: { key, url } }));
  };

  const sweep = async () => {
    for (const item of await items()) {
      const age = Date.now() - (item.doneAt || item.at);
      if (item.state === "stored" && age > KEPT_STORED) await remove(item.key);
      if (item.state === "draft" && age > (item.about ? KEPT_ABOUT : KEPT_DRAFT) && !item.photos) await remove(item.key);
    }
  };

  // The panel ---------------------------------------------------------------------------------------

  const stateOf = (item) => {
    if (item.state === "stored") return words.stored;
    if (item.passed) return words.passed;
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
    // Of what has arrived what was sent just now, and always the latest: a day's work would push the form off the screen.
    const arrived = all.filter((item) => item.state === "stored").sort((one, other) => other.doneAt - one.doneAt);
    const recent = arrived.filter((item, place) => !place || Date.now() - item.doneAt < SITTING);
    const shown = [...all.filter((item) => item.state !== "stored"), ...recent];
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
    // What cannot be opened again can be read and copied here.
    const text = line.querySelector("[data-text]");
    text.textContent = item.state === "refused" ? item.text || "" : "";
    text.hidden = !text.textContent;
    line.classList.toggle("is-stored", item.state === "stored");
    const [open, edit, save, drop] = ["open", "edit", "save", "drop"].map((name) => line.querySelector(`[data-${name}]`));
    open.hidden = item.state !== "stored";
    if (item.stored) open.href = item.stored;
    const mine = item.person === Number(words.person);
    edit.hidden = item.state !== "refused" || !mine || Boolean(item.passed);
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
  // Tapped twice it is sent once; gives whether it is on its way.
  const once = (form, submit) => {
    let going = false;
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      if (going) return;
      going = true;
      try {
        await submit(event);
      } finally {
        going = false;
      }
    });
    return () => going;
  };
  // What was last filled in on this form and has not arrived: a draft, or what waits.
  const newestOf = async (form) => {
    const { about, person } = form.dataset;
    const mine = (await items()).filter((item) => item.about === about && item.person === Number(person));
    return mine.filter((item) => ["draft", "waiting"].includes(item.state)).sort((one, other) => one.saved - other.saved).at(-1);
  };
  // The button beside what was resumed: it goes, and the page is as the server draws it.
  const startOver = (resumed, form, draft) =>
    resumed.querySelector("button").addEventListener("click", async () => {
      draft.cancel();
      await remove(form.elements.namedItem("client_key").value);
      location.reload();
    });
  // What is wrong, said above the form before anything is put away.
  const tell = (box, lines) => {
    box.replaceChildren();
    if (!lines.length) return;
    const notice = document.querySelector("template[data-faults]").content.firstElementChild.cloneNode(true);
    const list = document.createElement("ul");
    list.append(...lines.map((line) => Object.assign(document.createElement("li"), { textContent: line })));
    notice.querySelector("[data-lines]").replaceWith(list);
    box.append(notice);
    notice.focus();
    notice.scrollIntoView({ block: "center" });
  };
  // Put back into its form by the script of that form; `landed` on what its page leads to by now.
  const edit = async (key, { landed = false } = {}) => {
    const item = (await items()).find((one) => one.key === key);
    const form = document.querySelector("form[data-outbox]");
    if (!item) return;
    const fits = form && (item.about ? form.dataset.about === item.about : item.page === here);
    if (fits && item.about && !landed && navigator.onLine) {
      // Others may have written since this page was drawn: put back into it as it was, it would be refused again.
      location.hash = RESTORE + key;
      location.reload();
    } else if (fits) {
      form.dispatchEvent(new CustomEvent("outbox:edit", { detail: item }));
      form.scrollIntoView({ block: "start" });
    } else if (!landed) location.assign(item.page + RESTORE + key);
    else await change(key, (now) => ({ ...now, said: words.closed }));
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

  const wanted = location.hash.startsWith(RESTORE) ? location.hash.slice(RESTORE.length) : "";
  if (wanted) {
    // Opened once more, the page is as the server has it.
    history.replaceState(history.state, "", here);
    window.addEventListener("load", () => edit(wanted, { landed: true }));
  }

  window.outbox = { put, autosave, once, newestOf, startOver, tell, drain, items, remove, change, fill, ask, known, remember, renew, isWanted: Boolean(wanted) };
})();
