// A move of a finding that is made where there may be no signal: the unit's answer, and what has come back.
// What is typed stays on the phone until it is sent, and what is sent goes through the outbox; without it the plain form is.
(() => {
  "use strict";
  const form = document.querySelector("form[data-outbox=move]");
  const outbox = window.outbox;
  if (!form || !outbox) return;

  const { about, title, noRoom } = form.dataset;
  const errors = document.getElementById("capture-errors");
  const resumed = document.querySelector("[data-resumed]");
  const text = form.querySelector("textarea");
  // What was saved from this page and is still on the phone: what is saved next takes its place.
  let after = [], last = "", filling = false, typed = false;

  const described = () => ({ title, about, after, text: text.value.trim() });
  const draft = outbox.autosave(form, described);
  const save = () => {
    if (filling) return;
    typed = true;
    draft.save();
  };
  form.addEventListener("input", save);
  form.addEventListener("change", save);
  form.addEventListener("photos:chosen", async ({ detail }) => {
    if (filling) return;
    save();
    const before = last;
    await Promise.all([...detail].map((file) => window.photos.prepare(file).catch(() => null)));
    // Sent meanwhile, it is no draft any more.
    if (!isGoing() && last === before) draft.save();
  });

  const faults = () => {
    const data = new FormData(form);
    const isGiven = (part) =>
      [...part.querySelectorAll("[name]")].some(({ name, type }) =>
        type === "file" ? data.getAll(name).some((file) => file.size) : data.getAll(name).some((value) => String(value).trim()),
      );
    return [...form.querySelectorAll("[data-needed]")].filter((part) => !isGiven(part)).map((part) => part.dataset.needed);
  };
  const submit = async () => {
    const wrong = faults();
    outbox.tell(errors, wrong);
    if (wrong.length) return;
    await draft.stop();
    let item;
    try {
      item = await outbox.put(form, { state: "waiting", ...described() });
    } catch {
      // No room on the phone, or no storage at all: the plain way may still work.
      if (navigator.onLine) return HTMLFormElement.prototype.submit.call(form);
      return outbox.tell(errors, [noRoom]);
    }
    draft.cancel();
    after = [...after, item.key];
    [typed, last] = [false, item.key];
    resumed.hidden = true;
    document.querySelector("[data-outbox-panel]").scrollIntoView({ block: "center" });
    outbox.renew(form);
    outbox.drain();
  };
  const isGoing = outbox.once(form, submit);
  document.addEventListener("outbox:stored", ({ detail }) => {
    // Who has gone on typing is not taken away from it.
    if (detail.key === last && !typed) location.assign(detail.url);
  });

  const restore = async (item, { own = true } = {}) => {
    filling = true;
    await outbox.fill(form, item, { own });
    filling = false;
    after = [...new Set([...(item.after || []), ...after])];
  };
  form.addEventListener("outbox:edit", async ({ detail }) => {
    await restore(detail);
    outbox.tell(errors, [detail.said].filter(Boolean));
  });
  outbox.startOver(resumed, form, draft);

  const start = async () => {
    outbox.renew(form);
    if (outbox.isWanted) return;
    const newest = await outbox.newestOf(form);
    if (!newest) return;
    await restore(newest, { own: newest.state === "draft" });
    if (newest.state === "waiting") [after, last] = [[...after, newest.key], newest.key];
    else resumed.hidden = false;
  };
  start();
})();
