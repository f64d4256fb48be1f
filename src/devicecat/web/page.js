// What the page does beyond what HTML does: whatever is copied takes its caveats and the link along.
"use strict";

const main = document.querySelector("main");
const ofAll = [...document.querySelectorAll("[data-caveats-of-all]")];

if (main && ofAll.length) {
  const link = main.dataset.link || location.href;
  const live = main.querySelector(".live");
  const sentences = (list) => [...list.querySelectorAll("li")].map((item) => item.textContent.trim().replace(/\s+/g, " "));
  const say = (words) => { if (live) live.textContent = words; };

  document.addEventListener("copy", (event) => {
    const marked = document.getSelection();
    if (marked.isCollapsed || !main.contains(marked.getRangeAt(0).commonAncestorContainer)) return;
    const cards = [...main.querySelectorAll("[data-copy]")].filter((card) => marked.containsNode(card, true));
    const caveats = ofAll.flatMap(sentences);
    for (const card of cards) {
      const name = card.querySelector(".card-name").textContent.trim();
      for (const list of card.querySelectorAll("[data-caveats]")) caveats.push(...sentences(list).map((said) => `${name}: ${said}`));
    }
    const along = [...new Set(caveats)];
    event.clipboardData.setData("text/plain", `${marked}\n\n${along.map((said) => `! ${said}`).join("\n")}\n${link}\n`);
    const held = document.createElement("div");
    for (let at = 0; at < marked.rangeCount; at += 1) held.append(marked.getRangeAt(at).cloneContents());
    const list = held.appendChild(document.createElement("ul"));
    for (const said of along) list.appendChild(document.createElement("li")).textContent = said;
    const anchor = held.appendChild(document.createElement("p")).appendChild(document.createElement("a"));
    anchor.href = link;
    anchor.textContent = link;
    event.clipboardData.setData("text/html", held.innerHTML);
    event.preventDefault();
    say("Copied with its caveats and the link.");
  });

  const copy = (node) => {
    const marked = document.getSelection();
    marked.selectAllChildren(node);
    if (!document.execCommand("copy")) say("This browser did not copy.");
    marked.removeAllRanges();
  };

  const ready = (selector, act) => {
    for (const button of main.querySelectorAll(selector)) {
      button.hidden = false;
      button.addEventListener("click", () => act(button));
    }
  };
  ready("[data-copies]", (button) => copy(button.closest("[data-copy]")));
  ready("[data-copies-link]", () => copy(ofAll[0]));
  ready("[data-prints]", () => window.print());
}

// An empty field asks nothing, so it does not go into the link.
for (const form of document.querySelectorAll("form.ask")) {
  form.addEventListener("submit", () => {
    for (const field of form.elements) if (field.name && !field.value.trim()) field.disabled = true;
  });
  window.addEventListener("pageshow", () => { for (const field of form.elements) field.disabled = false; });
}
