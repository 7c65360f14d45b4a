// What the console does in the browser beyond htmx: theme, copying, relative times, keys. Every page and
// form works without it, so whatever needs it is `hidden` in the HTML and shown here.
"use strict";
(() => {
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];

  function reveal(root) {
    for (const element of all("[data-copy],[data-theme-toggle],[data-needs-script]", root)) element.hidden = false;
  }

  // Theme: remembered in a cookie, so that the server sends the page in it and nothing flashes.
  function toggleTheme() {
    const root = document.documentElement;
    const dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
    root.dataset.theme = dark ? "light" : "dark";
    document.cookie = `theme=${root.dataset.theme}; path=/; max-age=31536000; samesite=lax`;
  }

  async function copy(button) {
    const text = button.dataset.copy;
    await navigator.clipboard.writeText(text.startsWith("#") ? location.href.split("#")[0] + text : text);
    button.dataset.done = "";
    setTimeout(() => delete button.dataset.done, 1500);
    const live = document.getElementById("said") ?? document.body.appendChild(
      Object.assign(document.createElement("div"), { id: "said", className: "hide", role: "status" }));
    live.textContent = "Copied";
  }

  const UNITS = [[86400, "day"], [3600, "hour"], [60, "minute"], [1, "second"]];

  function relative(moment) {
    const away = (moment - Date.now()) / 1000;
    for (const [size, word] of UNITS) {
      const count = Math.floor(Math.abs(away) / size);
      if (count && !(word === "second" && count < 10)) {
        const text = `${count} ${word}${count === 1 ? "" : "s"}`;
        return away > 0 ? `in ${text}` : `${text} ago`;
      }
    }
    return "just now";
  }

  // The server writes UTC; the reader's own zone is known here alone. The title keeps both.
  function refreshTimes() {
    for (const time of all("time")) {
      const moment = new Date(time.dateTime);
      time.textContent = "relative" in time.dataset ? relative(moment) : moment.toLocaleTimeString("en-GB");
      time.title = `${moment.toLocaleString("en-GB", { dateStyle: "medium", timeStyle: "long" })}, ${time.dateTime}`;
    }
  }

  // Keys: never while typing, never with a modifier, and they can be switched off (WCAG 2.1.4).
  const keysOn = () => localStorage.getItem("keys") !== "off";

  function step(by) {
    const items = all("[data-item]").filter((item) => item.getClientRects().length);
    const current = items.findIndex((item) => item.contains(document.activeElement));
    const next = items[current < 0 ? (by > 0 ? 0 : items.length - 1) : Math.min(Math.max(current + by, 0), items.length - 1)];
    (next?.matches("a,button,[tabindex]") ? next : next?.querySelector("a,button,summary"))?.focus();
  }

  const KEYS = {
    j: () => step(1),
    k: () => step(-1),
    "/": () => document.querySelector("[data-filter] input, [data-filter] select")?.focus(),
    "?": () => document.getElementById("keys")?.togglePopover(),
  };

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input,textarea,select")) return;
    if (!Object.hasOwn(KEYS, event.key) || !keysOn()) return;
    event.preventDefault();
    KEYS[event.key]();
  });

  // A table of marks is one stop of the Tab key; arrows, Home and End move within it.
  function inGrid(event) {
    const link = event.target.closest("[data-cell]");
    const row = link?.closest("tr");
    if (!row || !["ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown", "Home", "End"].includes(event.key)) return;
    const rows = all("tr", link.closest("tbody")).filter((each) => each.querySelector("[data-cell]"));
    const links = all("[data-cell]", row);
    const across = links.indexOf(link);
    const [down, right] = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[event.key] ?? [0, 0];
    const at = { Home: 0, End: links.length - 1 }[event.key] ?? Math.min(Math.max(across + right, 0), links.length - 1);
    const next = all("[data-cell]", rows[Math.min(Math.max(rows.indexOf(row) + down, 0), rows.length - 1)])[at];
    event.preventDefault();
    stopAt(next);
    next.focus();
  }

  function stopAt(link) {
    for (const other of all("[data-cell]", link.closest("table"))) other.tabIndex = other === link ? 0 : -1;
  }

  document.addEventListener("keydown", inGrid);
  for (const grid of all("[data-grid]")) if (grid.querySelector("[data-cell]")) stopAt(grid.querySelector("[data-cell]"));

  document.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (button?.dataset.copy) copy(button);
    if (button && "themeToggle" in button.dataset) toggleTheme();
  });

  document.addEventListener("change", (event) => {
    if ("keysSwitch" in event.target.dataset) localStorage.setItem("keys", event.target.checked ? "on" : "off");
  });

  // A vote's answer says how many requests are left, for the counts on the page around the card.
  function recount() {
    for (const card of all("[data-waiting]")) {
      for (const count of all("[data-waiting-count]")) count.textContent = card.dataset.waiting;
      document.title = document.title.replace(/^\(\d+\) /, card.dataset.waiting === "0" ? "" : `(${card.dataset.waiting}) `);
      delete card.dataset.waiting;
    }
  }

  document.addEventListener("htmx:after:swap", () => { reveal(document); refreshTimes(); recount(); });

  reveal(document);
  refreshTimes();
  setInterval(refreshTimes, 20000);
  for (const box of all("[data-keys-switch]")) box.checked = keysOn();
})();
