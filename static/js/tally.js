// The tally of dissuasion: large plus and minus buttons beside plain number fields. Without this file they are typed in.
(() => {
  "use strict";

  for (const form of document.querySelectorAll("[data-tally]")) {
    for (const button of form.querySelectorAll("[data-step]")) {
      const number = button.parentElement.querySelector("input[type=number]");
      button.hidden = false;
      button.addEventListener("click", () => {
        const next = Math.max(0, Math.min(Number(number.max), (Number(number.value) || 0) + Number(button.dataset.step)));
        number.value = next || "";
        number.dispatchEvent(new Event("change", { bubbles: true }));
      });
    }
  }
})();
