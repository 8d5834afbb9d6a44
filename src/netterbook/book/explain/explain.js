// Explains printed numbers: a note beside a link to one, a whole account of one in the ledger. What is said comes from
// numbers.js, which is loaded when the first is asked for.
const nbExplain = (() => {
  const folder = document.currentScript.src.replace(/[^/]*$/, "");
  const ledger = new URL("../../chapters/ledger.html", folder).href;
  const facts = new URL("../../chapters/facts.html", folder).href;
  let known;

  const load = () =>
    (known ??= new Promise((done, failed) => {
      const script = document.createElement("script");
      script.src = folder + "numbers.js";
      script.onload = () => done(unpacked(globalThis.nbNumbers));
      script.onerror = () => failed(new Error("the explanations could not be loaded"));
      document.head.append(script);
    }));

  const unpacked = ({ ids, rows, texts, meanings, renamed }) => {
    const step = ([verdict, method, formula, note, arithmetic, recomputed, inputs, worth]) => ({
      verdict: texts[verdict], method: texts[method], formula: texts[formula], note: texts[note], arithmetic, recomputed,
      inputs: inputs.map((input) => (typeof input === "number" ? { claim: ids[input] } : { fact: input[0], name: input[1], said: input[2] })),
      passing: worth[0], forms: worth[1],
    });
    const all = new Map(
      ids.map((id, k) => {
        const [paper, place, page, group, quantity, kind, printed, verdict, reason, steps, file, typed, second, same, users, difference] = rows[k];
        return [id, {
          id, paper: texts[paper], place: texts[place], page: texts[page], group: texts[group], quantity: texts[quantity],
          kind: texts[kind], printed, verdict: texts[verdict], meaning: meanings[texts[verdict]], reason: texts[reason],
          steps: steps.map(step), file: texts[file], typed, second: second === 1 ? typed : second, same: ids[same],
          users: users.map((user) => ids[user]), difference,
        }];
      }),
    );
    return { all, renamed };
  };

  const el = (name, attributes = {}, ...children) => {
    const made = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    made.append(...children.filter((child) => child !== undefined && child !== ""));
    return made;
  };
  const badge = (verdict) => el("span", { class: `verdict verdict-${verdict.replace(" ", "-")}` }, verdict);
  const grouped = (value) => value.toLocaleString("en-GB");
  const nameOf = ({ quantity, group, paper, place }, from) =>
    `${quantity}${group && ` (${group})`}; ${paper === from ? place : `${paper}, ${place}`}`;
  const link = (number, from) => el("a", { href: `${ledger}#${number.id}` }, nameOf(number, from));

  const input = (all, { claim, fact, name, said }, from) => {
    if (claim) return el("li", {}, link(all.get(claim), from), `: ${all.get(claim).printed}`);
    const told = /^F\d+$/.test(fact) ? el("a", { href: `${facts}#${fact}` }, `${name} (${fact})`) : `${name} (${fact})`;
    return el("li", {}, told, said && `: ${said}`);
  };
  const inputs = (all, step, from, most) => {
    const shown = step.inputs.slice(0, most).map((each) => input(all, each, from));
    const left = step.inputs.length - shown.length;
    return el("ul", {}, ...shown, left > 0 ? el("li", {}, `and ${left} more`) : "");
  };
  const capital = (said) => said && said[0].toUpperCase() + said.slice(1);
  const arithmetic = ({ method, formula, arithmetic: sum, recomputed }) =>
    el("p", {}, [capital(method), formula].filter(Boolean).join(": "), recomputed && ". ",
      recomputed && el("strong", {}, sum ? `${sum} = ${recomputed}` : `Gives ${recomputed}`));
  const worth = ({ passing, forms }) =>
    passing === undefined ? "" : el("p", {}, `Of ${grouped(forms)} numbers of as many digits, ${grouped(passing)} would pass this check.`);
  const check = (all, step, from, most = Infinity) => [
    arithmetic(step),
    step.inputs.length ? inputs(all, step, from, most) : "",
    worth(step),
    step.note && el("p", {}, `${capital(step.note)}.`),
  ];
  const folded = (summary, ...children) => el("details", {}, el("summary", {}, summary), ...children);

  const confirms = new Set(["reproduced", "agrees", "recovered"]);
  const tree = (all, id, seen = new Set(), depth = 0) => {
    const number = all.get(id), [first] = number.steps;
    const grows = !seen.has(id) && (!seen.size || confirms.has(number.verdict));
    seen.add(id);
    const said = [link(number), `: ${number.printed} `, badge(number.verdict)];
    const under = (grows && first?.inputs.filter(({ claim }) => claim)) || [];
    if (!under.length) return el("li", {}, ...said);
    const branches = el("ul", {}, ...under.map(({ claim }) => tree(all, claim, seen, depth + 1)));
    return el("li", {}, el("details", depth < 1 ? { open: "" } : {}, el("summary", {}, ...said, ` by ${first.method}`), branches));
  };

  const short = ({ all }, id) => {
    const number = all.get(id);
    const [first] = number.steps;
    return el("div", {},
      el("p", {}, el("strong", {}, `${number.printed}`), ` · ${nameOf(number)}`),
      el("p", {}, badge(number.verdict), ` ${number.meaning}`),
      ...(first ? check(all, first, number.paper, 5) : [el("p", {}, number.reason)]),
      el("p", {}, el("a", { href: `${ledger}#${id}` }, "All of it in the ledger")));
  };

  const whole = ({ all }, id) => {
    const number = all.get(id);
    const [first, ...others] = number.steps;
    const same = number.second === number.typed;
    const entries = `Typed as ${number.typed} (data/${number.file}); ` +
      (number.second === 0 ? "not typed a second time" : same ? "by a second person likewise" : `by a second person as ${number.second}`) + ".";
    const users = number.users.map((user) => el("li", {}, link(all.get(user), number.paper), ": ", all.get(user).printed));
    return el("div", { class: "nb-explained" },
      el("p", {}, el("strong", {}, number.printed), ` · ${nameOf(number)}${number.page && `, page ${number.page}`} · ${number.kind}`),
      el("p", {}, badge(number.verdict), ` ${number.meaning}`),
      ...(first ? check(all, first, number.paper) : [el("p", {}, number.reason)]),
      ...number.difference.map((said) => el("p", { class: "nb-difference" }, said)),
      number.same ? el("p", {}, "The same number as ", link(all.get(number.same)), ".") : "",
      ...others.map((step) => folded(el("span", {}, "Another check: ", badge(step.verdict), ` ${step.method}`), ...check(all, step, number.paper))),
      first?.inputs.some(({ claim }) => claim) ? folded("What it was recomputed from, down to what was only read", el("ul", { class: "nb-tree" }, tree(all, id))) : "",
      users.length ? folded(`${grouped(users.length)} ${users.length === 1 ? "number rests" : "numbers rest"} on it`, el("ul", {}, ...users)) : "",
      el("p", { class: "nb-note" }, entries),
      el("p", { class: "nb-note" }, el("code", {}, id), " ", copier(`${ledger.replace(/[?#].*/, "")}#${id}`), reporter(id)));
  };

  const reporter = (id) => { // where the foot of the page has a link to report an error in it
    const page = document.querySelector("a.nb-report");
    if (!page) return "";
    const address = new URL(page.href);
    address.searchParams.set("title", `Error in the number ${id}`);
    return el("span", {}, " ", el("a", { href: address.href }, "Report an error in this number"));
  };

  const copier = (address) => {
    const button = el("button", { type: "button", class: "nb-copy" }, "Copy link");
    button.addEventListener("click", async () => {
      try {
        await navigator.clipboard.writeText(address);
        button.textContent = "Copied";
      } catch {
        button.replaceWith(el("input", { readonly: "", value: address, "aria-label": "Link to this number" }));
      }
    });
    return button;
  };

  // ---- the note beside a link
  const note = el("div", { id: "nb-explanation", popover: "manual", role: "note", "aria-label": "About this number" });
  let shownAt, showing, hiding;
  const wait = () => (clearTimeout(showing), clearTimeout(hiding));
  const hide = () => {
    wait();
    if (note.matches(":popover-open")) note.hidePopover();
    shownAt?.removeAttribute("aria-describedby");
    shownAt = undefined;
  };
  const show = async (at) => {
    const data = await load();
    if (!data.all.has(at.dataset.claim)) return;
    wait();
    if (shownAt !== at) hide();
    shownAt = at;
    note.replaceChildren(short(data, at.dataset.claim));
    if (!note.isConnected) (document.querySelector('article[role="main"]') ?? document.body).append(note);
    at.setAttribute("aria-describedby", note.id);
    note.showPopover();
    follow();
  };
  const place = () => {
    const box = shownAt.getBoundingClientRect(), own = note.getBoundingClientRect();
    const room = { width: document.documentElement.clientWidth, height: innerHeight };
    note.style.visibility = box.bottom < 0 || box.top > room.height ? "hidden" : ""; // while the page scrolls to it
    note.style.left = `${Math.max(8, Math.min(box.left, room.width - own.width - 8))}px`;
    const below = box.bottom + 6;
    note.style.top = `${below + own.height < room.height ? below : Math.max(8, box.top - own.height - 6)}px`;
  };
  let frame;
  const follow = () => { // scrolling, and whatever else moves the link
    cancelAnimationFrame(frame);
    if (!shownAt) return;
    place();
    frame = requestAnimationFrame(follow);
  };
  const linkAt = (event) => event.target.closest?.("a[data-claim]");
  const showSoon = (at, time) => {
    clearTimeout(showing);
    showing = setTimeout(() => show(at), time);
  };
  const hideSoon = () => {
    clearTimeout(hiding);
    hiding = setTimeout(hide, 300);
  };
  // What scrolls beneath a resting pointer does not speak.
  let rests = "";
  const moved = (event) => event.pointerType !== "touch" && rests !== `${event.clientX} ${event.clientY}`;
  document.addEventListener("pointermove", (event) => (rests = `${event.clientX} ${event.clientY}`), { passive: true });
  document.addEventListener("pointerover", (event) => {
    const at = linkAt(event);
    if (at && at !== shownAt && moved(event)) showSoon(at, 250);
    else if (note.contains(event.target) || (at && at === shownAt)) clearTimeout(hiding);
  });
  document.addEventListener("pointerout", (event) => {
    const left = linkAt(event) ?? (note.contains(event.target) && shownAt);
    if (left && left === shownAt && left !== document.activeElement && moved(event)) hideSoon();
    else if (left && left !== shownAt && moved(event)) clearTimeout(showing);
  });
  document.addEventListener("focusin", (event) => {
    const at = linkAt(event);
    if (at) showSoon(at, 0);
    else if (!note.contains(event.target)) hide();
  });
  document.addEventListener("keydown", (event) => event.key === "Escape" && hide());
  document.addEventListener("click", (event) => {
    const at = linkAt(event);
    if (at && event.pointerType === "touch" && shownAt !== at) {
      event.preventDefault(); // the first touch explains, the link in the note leads on
      show(at);
    } else if (!at && !note.contains(event.target)) hide();
  });
  return { load, whole };
})();
