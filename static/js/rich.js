// The text of a report's section, edited as it looks. Without this file the same is typed with signs: "# " before a
// sub-heading, "- " before an item, ** around what is bold. The textarea is what is sent, always.
(() => {
  "use strict";

  const BOLD = /\*\*(?=\S)(.+?)(?<=\S)\*\*/g;

  function element(name, text) {
    const made = document.createElement(name);
    let done = 0;
    for (const found of text.matchAll(BOLD)) {
      made.append(text.slice(done, found.index));
      const strong = document.createElement("strong");
      strong.textContent = found[1];
      made.append(strong);
      done = found.index + found[0].length;
    }
    made.append(text.slice(done));
    if (!text) made.append(document.createElement("br"));
    return made;
  }

  function drawn(text) {
    const whole = document.createDocumentFragment();
    let list = null;
    for (const line of text.split("\n")) {
      if (line.startsWith("- ")) {
        if (!list) whole.append((list = document.createElement("ul")));
        list.append(element("li", line.slice(2)));
        continue;
      }
      list = null;
      whole.append(line.startsWith("# ") ? element("h3", line.slice(2)) : element("p", line));
    }
    return whole;
  }

  const isBold = (node) => node.nodeName === "STRONG" || node.nodeName === "B" || /^(bold|[6-9]00)$/.test(node.style?.fontWeight);

  // Signs hold only around words on one line, without a gap at their edges.
  function marked(words) {
    return words.replace(/[^\n]+/g, (line) => {
      const [, before, inner, after] = line.match(/^(\s*)(.*?)(\s*)$/);
      return inner ? `${before}**${inner}**${after}` : line;
    });
  }

  function inline(node, bold = false) {
    if (node.nodeType === Node.TEXT_NODE) return node.nodeValue.replace(/[\n\u00a0]/g, " ");
    if (node.nodeName === "BR") return "\n";
    const own = !bold && isBold(node);
    const words = [...node.childNodes].map((child) => inline(child, bold || own)).join("");
    return own ? marked(words) : words;
  }

  function written(root) {
    const lines = [];
    const put = (sign, node) => {
      for (const line of inline(node).split("\n")) if (line.trim()) lines.push(sign + line.trim());
    };
    const walk = (node) => {
      if (/^(UL|OL)$/.test(node.nodeName)) for (const item of node.children) put("- ", item);
      else if (/^H[1-6]$/.test(node.nodeName)) put("# ", node);
      else if (node.nodeType === Node.ELEMENT_NODE && node.querySelector("p, div, ul, ol, h3")) [...node.childNodes].forEach(walk);
      else put("", node);
    };
    [...root.childNodes].forEach(walk);
    return lines.join("\n");
  }

  for (const field of document.querySelectorAll("textarea[data-rich]")) {
    const page = document.createElement("div");
    const words = field.dataset;
    page.className = "rich-page prose form-control";
    page.contentEditable = "true";
    page.setAttribute("role", "textbox");
    page.setAttribute("aria-multiline", "true");
    page.setAttribute("aria-label", words.label);
    page.append(drawn(field.value));
    const bar = document.createElement("div");
    bar.className = "rich-bar btn-row";
    bar.setAttribute("role", "toolbar");
    bar.setAttribute("aria-label", words.bar);
    const sync = () => {
      field.value = written(page);
    };
    const tool = (label, act) => {
      const button = document.createElement("button");
      button.type = "button";
      button.className = "btn btn-sm";
      button.textContent = label;
      // The words that are chosen stay chosen.
      button.addEventListener("mousedown", (event) => event.preventDefault());
      button.addEventListener("click", () => {
        page.focus();
        act();
        sync();
      });
      bar.append(button);
    };
    const within = (name) => {
      const node = document.getSelection().anchorNode;
      return Boolean(node && (node.closest ? node : node.parentElement).closest(name));
    };
    document.execCommand("defaultParagraphSeparator", false, "p");
    document.execCommand("styleWithCSS", false, "false");
    tool(words.bold, () => document.execCommand("bold"));
    tool(words.heading, () => document.execCommand("formatBlock", false, within("h3") ? "p" : "h3"));
    tool(words.item, () => document.execCommand("insertUnorderedList"));
    page.addEventListener("input", sync);
    page.addEventListener("drop", (event) => event.preventDefault());
    page.addEventListener("paste", (event) => {
      // Only words come in: what another program drew around them is left there.
      event.preventDefault();
      document.execCommand("insertText", false, event.clipboardData.getData("text/plain"));
    });
    field.form.addEventListener("submit", sync);
    field.hidden = true;
    field.before(bar, page);
  }
})();
