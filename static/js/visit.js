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
    // The outbox sends the form's fields, not the button that was pressed.
    const finish = document.createElement("input");
    finish.type = "hidden";
    for (const button of form.querySelectorAll("[data-finish]")) {
      button.addEventListener("click", () => {
        finish.remove();
        if (!button.dataset.finish) return;
        Object.assign(finish, { name: "finish", value: button.dataset.finish });
        form.append(finish);
      });
    }
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
    form.addEventListener("visit:put", () => {
      for (const item of items) item.querySelector(".verdicts").dispatchEvent(new Event("change"));
    });
  };

  // What the server did not take comes back into the page to be put right.
  const putBack = async (form, item) => {
    const values = new Map(item.fields);
    const kept = ["client_key", "csrfmiddlewaretoken", "finish"];
    for (const field of form.elements) {
      // What the page was drawn from is told by the page: it may have been drawn anew since.
      const isKept = kept.includes(field.name) || field.name.startsWith("seen-");
      if (isKept || field.type === "file" || !field.name) continue;
      if (field.type === "radio" || field.type === "checkbox") field.checked = values.get(field.name) === field.value;
      else if (values.has(field.name)) field.value = values.get(field.name);
    }
    const photos = new Map();
    for (const row of await window.outbox.filesOf(item.key)) {
      if (!photos.has(row.field)) photos.set(row.field, new DataTransfer());
      photos.get(row.field).items.add(new File([row.blob], row.name || "photo.jpg", { type: row.blob.type }));
    }
    for (const [name, transfer] of photos) {
      const input = form.elements.namedItem(name);
      input.files = transfer.files;
      input.dispatchEvent(new Event("change"));
    }
    form.dispatchEvent(new Event("visit:put"));
  };
  document.addEventListener("outbox:edit", async ({ detail }) => {
    const form = document.querySelector("[data-visit]");
    const item = (await window.outbox.items()).find((one) => one.key === detail.key);
    if (!form || !item || item.url !== form.getAttribute("action")) return;
    await putBack(form, item);
    await window.outbox.remove(item.key);
  });

  document.querySelectorAll("[data-visit]").forEach(setUp);
})();
