// Rows that an address asks for, as ledger.html#verdict=possible&where=NETTER-2, and all rows on paper.
{
  const find = (selector) => document.querySelector(selector);
  const set = (field, value) => {
    if (field.value === value) return;
    field.value = value;
    field.dispatchEvent(new Event("change", { bubbles: true }));
  };
  const filter = () => {
    const asked = new URLSearchParams(location.hash.slice(1));
    const fields = [...document.querySelectorAll("#ledger thead input")];
    const named = fields.filter((field) => asked.has(field.placeholder.toLowerCase()));
    if (!named.length) return;
    for (const field of fields) set(field, asked.get(field.placeholder.toLowerCase()) || "");
    find("#all-numbers").scrollIntoView();
  };
  const length = () => find(".dt-length select");
  let before;
  addEventListener("beforeprint", () => {
    if (!length()) return;
    before = length().value;
    set(length(), "-1");
  });
  addEventListener("afterprint", () => length() && set(length(), before));
  addEventListener("hashchange", filter);
  const waiting = setInterval(() => {
    if (!find("#ledger.dataTable thead input") || !length()) return;
    clearInterval(waiting);
    filter();
  }, 50);
}
