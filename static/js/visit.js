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
    // What the server did not take is back in the page, to be put right.
    form.addEventListener("outbox:filled", () => {
      for (const part of form.querySelectorAll(".verdicts, [data-item] input[type=file]")) part.dispatchEvent(new Event("change"));
    });
  };

  document.querySelectorAll("[data-visit]").forEach(setUp);
})();
