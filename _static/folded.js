/* The address of a section opens what is folded in it. */
function openAddressed() {
  const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  const section = target?.closest("section");
  section?.querySelectorAll(":scope > details.nb-folded").forEach((part) => { part.open = true; });
}
window.addEventListener("hashchange", openAddressed);
window.addEventListener("DOMContentLoaded", openAddressed);
