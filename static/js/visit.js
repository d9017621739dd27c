// The checklist on the phone: counts what is filled in, works the verdict out of the number, asks why when they differ.
// Nothing here asks the server; without this file the plain form says the same, and the server judges it.
(() => {
  "use strict";
  const PASS = "pass";
  const FAIL = "fail";
  const OPEN = "";

  const whole = (input) => (input && input.value !== "" ? Number(input.value) : null);
  const told = (item, name) => (item.dataset[name] === "" ? null : Number(item.dataset[name]));

  // As inspections/rules.py judges; tests/browser/test_visit.py holds one against the other.
  const judge = (item, number, outOf) => {
    const amount = told(item, "amount");
    const sample = told(item, "sample");
    const metres = told(item, "metres");
    const kind = item.dataset.kind;
    if (number === null || amount === null) return OPEN;
    const of = outOf ?? (kind === "distance" ? metres : sample);
    const passed = (kept) => (kept ? PASS : FAIL);
    if (kind === "count") return passed("atMost" in item.dataset ? number <= amount : number >= amount);
    if (kind === "ratio") {
      if (!of || number > of) return OPEN;
      return passed("atMost" in item.dataset ? number * 100 <= amount * of : number * 100 >= amount * of);
    }
    if (kind === "distance") {
      if (item.hasAttribute("data-per-100")) return of ? passed(number * 100 <= amount * of) : OPEN;
      if (number > amount) return FAIL;
      return of >= metres ? PASS : OPEN;
    }
    if (of !== null && number > of) return OPEN;
    if (sample === null || of === null) return passed(number >= amount);
    if (of >= sample) return passed(number * sample >= amount * of);
    if (number >= amount) return PASS;
    return amount - number > sample - of ? FAIL : OPEN;
  };

  // What the server would turn down, in its own words (inspections/rules.py, `settled`); held against it by the same test.
  const words = { ...document.getElementById("visit-words")?.dataset };
  const looked = (item, outOf) => outOf ?? told(item, item.dataset.kind === "distance" ? "metres" : "sample");
  const wrong = (item, number, outOf) => {
    const { kind } = item.dataset;
    if (number === null) return outOf === null ? "" : words.needNumber;
    const of = looked(item, outOf);
    if (kind === "ratio" && of === null) return words.needWhole;
    return ["ratio", "ask"].includes(kind) && of !== null && number > of ? words.tooMany.replace("{n}", of) : "";
  };
  const faultOf = (item, { chosen, number, outOf, reason }) => {
    if (item.dataset.kind === "presence") return "";
    // What the form had filled in by itself says nothing.
    const said = number === null && outOf === looked(item, null) ? null : outOf;
    const impossible = wrong(item, number, said);
    if (impossible) return impossible;
    const worked = judge(item, number, said);
    if (chosen === OPEN || chosen === worked || reason || (chosen === "na" && number === null)) return "";
    if (number === null) return words.noNumber;
    if (worked === OPEN) return words.tooFew;
    return words.otherwise.replace("{verdict}", item.querySelector(`.verdict-${worked}`).textContent.trim());
  };
  const entered = (item) => ({
    chosen: item.querySelector(".verdicts input:checked")?.value ?? OPEN,
    number: whole(item.querySelector("[data-part=number]")),
    outOf: whole(item.querySelector("[data-part=out_of]")),
    reason: item.querySelector("[data-reason] input")?.value.trim() || "",
  });
  const figureOf = (item) => [...item.querySelectorAll("[data-part]")].every((input) => input.validity.valid);
  const faultIn = (item) => (figureOf(item) ? faultOf(item, entered(item)) : words.figure);

  const setUp = (form) => {
    const items = [...form.querySelectorAll("[data-item]")];
    const verdictOf = (item) => item.querySelector(".verdicts input:checked")?.value ?? OPEN;
    const count = () => {
      const done = items.filter((item) => verdictOf(item) !== OPEN).length;
      form.querySelector("[data-done]").value = done;
      form.querySelector("[data-filled]").textContent = done;
    };
    for (const item of items) {
      const number = item.querySelector("[data-part=number]");
      const outOf = item.querySelector("[data-part=out_of]");
      const reason = item.querySelector("[data-reason]");
      const askWhy = () => {
        if (!reason) return;
        const chosen = verdictOf(item);
        const worked = judge(item, whole(number), whole(outOf));
        const differs = chosen !== OPEN && chosen !== worked && !(chosen === "na" && whole(number) === null);
        reason.hidden = !differs && !reason.querySelector("input").value;
      };
      const workOut = () => {
        const worked = judge(item, whole(number), whole(outOf));
        for (const choice of item.querySelectorAll(".verdicts input")) choice.checked = choice.value === worked;
        count();
        askWhy();
      };
      for (const input of [number, outOf]) if (input) input.addEventListener("input", workOut);
      for (const step of item.querySelectorAll("[data-step]")) {
        step.hidden = false;
        step.addEventListener("click", () => {
          const input = step.parentElement.querySelector("input");
          input.value = Math.max(0, (whole(input) ?? 0) + Number(step.dataset.step));
          input.dispatchEvent(new Event("input", { bubbles: true }));
        });
      }
      item.querySelector(".verdicts").addEventListener("change", () => {
        count();
        askWhy();
      });
      const photos = item.querySelector("input[type=file]");
      const label = item.querySelector("[data-photo-count]");
      photos.addEventListener("change", () => {
        if (photos.files.length) label.textContent = `${photos.files.length} ${label.dataset.photoCount}`;
      });
      askWhy();
    }
    count();
    form.addEventListener("visit:filled", () => {
      for (const part of form.querySelectorAll(".verdicts, [data-item] input[type=file]")) part.dispatchEvent(new Event("change"));
    });
  };

  // On the phone ----------------------------------------------------------------------------------------

  // Forty items are an hour's walk: each change is put on the phone and comes back when the page is opened again; what
  // is saved waits in the outbox. Without it the plain form is sent.
  const onPhone = (form, outbox) => {
    const { about, title } = form.dataset;
    const items = new Map([...form.querySelectorAll("[data-item]")].map((item) => [item.dataset.item, item]));
    const placeless = document.querySelector("[data-placeless]");
    const resumed = document.querySelector("[data-resumed]");
    // What the person has said here, by item; and what was saved from what this page shows, in its order.
    const touched = new Set();
    let after = [], filling = false, typed = false, last = "";

    const partOf = (name) => name.match(/^([a-z_]+)-(\d+)$/);
    const textOf = (item) => item.querySelector("legend").textContent.trim().replace(/\s+/g, " ");
    // What is said of an item, as a person reads it.
    const saidOf = (item) => {
      const [first, ...rest] = [...item.querySelectorAll("[data-part]")];
      // How many were looked at stands there before anybody has counted.
      const numbers = first?.value ? [first, ...rest].filter((input) => input.value) : [];
      const texts = [...item.querySelectorAll("[data-reason] input, .visit-more input.form-control")];
      const photos = item.querySelector("input[type=file]").files.length;
      return [
        item.querySelector(".verdicts input:checked")?.parentElement.textContent.trim(),
        ...numbers.map((input) => `${input.labels[0].firstChild.textContent.trim()} ${input.value}`),
        ...texts.map((input) => input.value.trim()),
        photos && words.photos.replace("{n}", photos),
      ].filter(Boolean).join("；");
    };
    const lines = () => Object.fromEntries(
      [...touched].filter((pk) => items.has(pk)).map((pk) => {
        const item = items.get(pk);
        return [pk, { text: textOf(item), kind: item.dataset.kind, said: saidOf(item) }];
      }),
    );
    const described = () => ({ title, about, after, touched: [...touched], lines: lines() });

    const draft = outbox.autosave(form, described);
    const touch = ({ target }) => {
      if (filling || target === form) return;
      touched.add(target.closest("[data-item]")?.dataset.item || target.name);
      typed = true;
      draft.save();
    };
    form.addEventListener("input", touch);
    form.addEventListener("change", touch);

    // Told here, and not hours later by the server: each fault beside its item, and above where to find them.
    const errors = document.getElementById("visit-faults");
    const turnedDown = (finish) => {
      const told = [];
      for (const item of items.values()) {
        const fault = faultIn(item);
        item.querySelector(".visit-errors[data-fault]")?.remove();
        if (!fault) continue;
        told.push(`${item.querySelector(".visit-code").textContent.trim()}：${fault}`);
        beside(item, fault).dataset.fault = "";
      }
      const left = [...items.values()].filter((item) => entered(item).chosen === OPEN).length;
      if (!told.length && finish && left) told.push(words.left.replace("{n}", left));
      outbox.tell(errors, told);
      return told.length > 0;
    };

    outbox.once(form, async ({ submitter }) => {
      if (turnedDown(submitter?.name === "finish")) {
        draft.save();
        return;
      }
      try {
        await draft.stop();
        const item = await outbox.put(form, { state: "waiting", button: submitter, ...described() });
        after = [...after, item.key];
        [typed, last] = [false, item.key];
        if (resumed) resumed.hidden = true;
        document.querySelector("[data-outbox-panel]").scrollIntoView({ block: "center" });
        outbox.renew(form);
        outbox.drain();
      } catch {
        // No room on the phone, or no storage at all: the plain way may still work.
        const { name, value } = submitter || {};
        if (name) form.append(Object.assign(document.createElement("input"), { type: "hidden", name, value }));
        HTMLFormElement.prototype.submit.call(form);
      }
    });
    document.addEventListener("outbox:stored", ({ detail }) => {
      // Who has gone on filling in is not taken away from it.
      if (detail.key === last && !typed) location.assign(detail.url);
    });

    // Which item of this page asks what an item of another edition asked: the same words under the same number.
    const sourceOf = (saved) => {
      const sources = new Map();
      for (const { pk } of saved) if (items.has(pk)) sources.set(pk, pk);
      for (const { pk, line } of saved) {
        if (items.has(pk) || !line) continue;
        const same = [...items].find(([, item]) => textOf(item) === line.text && item.dataset.kind === line.kind);
        if (same && !sources.has(same[0])) sources.set(same[0], pk);
      }
      return sources;
    };
    // What stood on the phone comes into the page, and whatever others have said since stays. Of an item that both have
    // touched the person's own word is in the field and the saved one beside it: who saves now has seen it.
    const place = async (item, { own = true } = {}) => {
      const values = new Map(item.fields);
      const said = item.touched
        ? item.touched.filter((name) => /^\d+$/.test(name))
        : [...new Set(item.fields.map(([name]) => partOf(name)?.[2]).filter(Boolean))];
      const sources = sourceOf(said.map((pk) => ({ pk, line: item.lines?.[pk] })));
      const lost = said.filter((pk) => ![...sources.values()].includes(pk) && item.lines?.[pk]?.said);
      const stood = new Map([...items].map(([pk, one]) => [pk, saidOf(one)]));
      const from = (name) => {
        const part = partOf(name);
        if (!part) return !item.touched || item.touched.includes(name) ? name : null;
        return sources.has(part[2]) ? `${part[1]}-${sources.get(part[2])}` : null;
      };
      filling = true;
      await outbox.fill(form, item, { from, own: own && !lost.length });
      form.dispatchEvent(new Event("visit:filled"));
      filling = false;
      let news = 0;
      for (const [pk, source] of sources) {
        const one = items.get(pk);
        const seen = form.elements.namedItem(`seen-${pk}`);
        const drawn = values.get(`seen-${source}`) ?? "";
        touched.add(pk);
        if (saidOf(one) === stood.get(pk)) continue;
        news += 1;
        // The page that the phone has kept may be older than what was sent since.
        if (item.older?.includes(`seen-${source}=${seen.value}`)) seen.value = drawn;
        else if (source !== pk ? stood.get(pk) : seen.value !== drawn) stands(one, stood.get(pk));
      }
      for (const name of item.touched || []) if (!items.has(name) && !/^\d+$/.test(name)) touched.add(name);
      after = [...new Set([...(item.after || []), ...after])];
      tellPlaceless(lost.map((pk) => item.lines[pk]), [...sources].filter(([pk, source]) => pk !== source).length);
      return { lost, news: news + [...touched].filter((name) => form.elements.namedItem(name)?.value).length };
    };
    const stands = (item, saved) => {
      item.querySelector(".visit-errors")?.remove();
      beside(item, words.stands.replace("{saved}", saved || words.blank));
    };
    const beside = (item, sentence) => {
      const list = Object.assign(document.createElement("ul"), { className: "visit-errors" });
      list.setAttribute("role", "alert");
      list.append(Object.assign(document.createElement("li"), { textContent: sentence }));
      item.querySelector("legend").after(list);
      return list;
    };
    const tellPlaceless = (lost, moved) => {
      placeless.hidden = !lost.length && !moved;
      placeless.querySelector("[data-moved]").textContent = moved ? words.moved.replace("{n}", moved) : "";
      placeless.querySelector("[data-why]").hidden = !lost.length;
      const told = lost.map(({ text, said }) => Object.assign(document.createElement("li"), { textContent: `${text}：${said}` }));
      placeless.querySelector("ul").replaceChildren(...told);
    };

    form.addEventListener("outbox:edit", async ({ detail }) => {
      await place(detail);
      if (resumed) resumed.hidden = true;
    });
    outbox.startOver(resumed, form, draft);

    const start = async () => {
      outbox.renew(form);
      if (outbox.isWanted) return;
      const newest = await outbox.newestOf(form);
      if (!newest) return;
      if (newest.state === "waiting") {
        // What is still on the phone shows in the page, too; what is saved now comes after it.
        const { lost } = await place(newest, { own: false });
        // What has no place here must not be taken for said again.
        if (!lost.length) after = [...after, newest.key];
        return;
      }
      const { lost, news } = await place(newest);
      if (lost.length) {
        // Out of sight it would be forgotten: it stays in the outbox until the person lets go of it.
        await outbox.change(newest.key, (item) => ({ ...item, state: "refused", said: words.otherEdition }));
        draft.save();
      } else if (!news) await outbox.remove(newest.key);
      else resumed.hidden = false;
    };
    start();
  };

  window.checklist = { faultOf };
  for (const form of document.querySelectorAll("[data-visit]")) {
    setUp(form);
    if (window.outbox) onPhone(form, window.outbox);
    // On a slow line somebody has typed before this came.
    for (const item of form.querySelectorAll("[data-item]")) {
      if (item.querySelector(".verdicts input:checked")) continue;
      for (const input of item.querySelectorAll("[data-part]")) {
        if (input.value !== input.defaultValue) input.dispatchEvent(new Event("input", { bubbles: true }));
      }
    }
  }
})();
