// Keys of the queue: j and k go down and up, x selects, / searches. Without scripts all works too.
"use strict";

const rows = () => [...document.querySelectorAll("[data-rows] tbody tr")];

const step = (by) => {
  const all = rows();
  const at = all.findIndex((row) => row.contains(document.activeElement));
  const next = all[Math.max(0, Math.min(all.length - 1, at + by))];
  next?.querySelector("a")?.focus();
};

const keys = {
  j: () => step(1),
  k: () => step(-1),
  x: () => document.activeElement.closest("tr")?.querySelector("[name=record]")?.click(),
  "/": () => document.querySelector("[type=search]")?.focus(),
};

document.addEventListener("keydown", (event) => {
  const typing = event.target.closest("input:not([type=checkbox]), select, textarea");
  if (typing || event.ctrlKey || event.metaKey || event.altKey || !keys[event.key]) return;
  event.preventDefault();
  keys[event.key]();
});

const count = () => {
  const form = document.querySelector("[data-rows]");
  const told = document.querySelector("[data-selected]");
  if (form && told) told.textContent = form.querySelectorAll("[name=record]:checked").length;
};

document.addEventListener("change", (event) => {
  if (event.target.matches("[data-all]")) {
    for (const box of document.querySelectorAll("[name=record]")) box.checked = event.target.checked;
  }
  count();
});
document.addEventListener("DOMContentLoaded", count);
document.addEventListener("htmx:afterSettle", count);
