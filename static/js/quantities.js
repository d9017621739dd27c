// 成效数据 as rows of name, number and measure. The text field of the form stays what is sent, and what there is without script.
(() => {
  "use strict";
  const text = document.querySelector("textarea[name=quantities_text]");
  const template = document.getElementById("quantity-rows");
  if (!text || !template) return;

  // As campaigns/quantities.py reads it: ；, a new line, or a comma before the next 名称=.
  const SEPARATOR = /[；;\n]+|[，,](?=[^=＝，,；;\n]*[=＝])/;
  // 约400余人次: all that says how many, then the measure.
  const VALUE = /^([^\d０-９]*[\d０-９.,．，]+\s*[十百千万亿余多]*)(.*)$/;

  const rows = template.content.firstElementChild.cloneNode(true);
  const pattern = rows.querySelector("[data-row]");
  const list = pattern.parentElement;
  pattern.remove();

  // Whatever cannot be taken apart stands whole in the first field, so that nothing typed is lost.
  const apart = (item) => {
    const [, label, value] = item.match(/^([^=＝]*)[=＝](.*)$/) || item.match(/^([^：:]*)[：:](.*)$/) || [];
    const [, number, measure] = (value || "").trim().match(VALUE) || [];
    return number ? [label.trim(), number.trim(), measure.trim()] : [item, "", ""];
  };
  const together = (row) => {
    const [label, number, measure] = [...row.querySelectorAll("input")].map((input) => input.value.trim());
    return number || measure ? `${label}=${number}${measure}` : label;
  };
  const joined = () => [...list.children].map(together).filter(Boolean).join("；");
  const write = () => { text.value = joined(); };
  const add = (values = ["", "", ""]) => {
    const row = pattern.cloneNode(true);
    row.querySelectorAll("input").forEach((input, place) => { input.value = values[place]; });
    list.append(row);
    return row;
  };
  const draw = () => {
    list.replaceChildren();
    const items = text.value.split(SEPARATOR).map((item) => item.trim()).filter(Boolean);
    for (const item of items) add(apart(item));
    if (!items.length) add();
  };

  rows.addEventListener("input", write);
  rows.addEventListener("click", (event) => {
    const row = event.target.closest("[data-row]");
    if (event.target.closest("[data-add]")) add().querySelector("input").focus();
    if (event.target.closest("[data-remove]")) {
      row.remove();
      if (!list.children.length) add();
      write();
    }
  });
  // Enter goes on to the next row; it must not send the form.
  rows.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !event.target.matches("input")) return;
    event.preventDefault();
    (event.target.closest("[data-row]").nextElementSibling || add()).querySelector("input").focus();
  });

  const had = document.activeElement === text;
  const cell = text.closest(".form-cell") || text.parentElement;
  // The link of an error, and the label, lead to the rows.
  rows.id = text.id;
  text.removeAttribute("id");
  text.hidden = true;
  cell.querySelectorAll(".form-text").forEach((hint) => { hint.hidden = true; });
  text.before(rows);
  draw();
  // Coming back, the browser has filled the text field again.
  window.addEventListener("pageshow", () => { if (text.value !== joined()) draw(); });
  if (had) rows.querySelector("input").focus();
})();
