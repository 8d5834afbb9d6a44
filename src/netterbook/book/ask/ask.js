// What figures that can be asked have in common: they open beneath the static figure, load what they draw with only then,
// keep what is asked in the address (#ask=name&landmark=12), and say in words what they show.
window.nbAsk = (() => {
  // What draws stands beside this script, or is carried by a page that is one file.
  const plotter = document.currentScript.dataset.plot ?? new URL("plot.js", document.currentScript.src).href;
  const kinds = {};
  const given = {};

  // Elements

  const element = (tag, attributes = {}, ...children) => {
    const made = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) {
      if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
      else if (value === true) made.setAttribute(name, "");
      else if (value !== false && value !== undefined) made.setAttribute(name, value);
    }
    made.append(...children);
    return made;
  };
  let numbered = 0;
  const labelled = (words, control, ...after) => {
    control.id = `ask-control-${(numbered += 1)}`;
    return element("div", { class: "nb-ask-control" }, element("label", { for: control.id }, words), control, ...after);
  };
  // A slider with the value in words beside it, which a screen reader says in place of the bare number.
  const slider = (words, range, unit, changed) => {
    const said = element("span", { class: "nb-ask-value", "aria-hidden": "true" });
    const input = element("input", { type: "range", ...range });
    const show = () => {
      said.textContent = unit ? `${input.value} ${unit}` : input.value;
      input.setAttribute("aria-valuetext", said.textContent);
    };
    input.addEventListener("input", () => (show(), changed(+input.value)));
    const set = (value) => ((input.value = value), show(), +input.value);
    set(range.value);
    return { box: labelled(words, input, said), set };
  };
  const tickbox = (words, on, changed, sign = "") => {
    const input = element("input", { type: "checkbox", checked: on });
    input.addEventListener("change", () => changed(input.checked));
    const set = (value) => (input.checked = value);
    return { box: element("label", { class: "nb-ask-tick" }, input, sign, words), set };
  };
  const choice = (words, options, value, changed) => {
    const select = element("select", {}, ...options.map(([key, said]) => element("option", { value: key }, said)));
    select.addEventListener("change", () => changed(select.value));
    const set = (asked) => (select.value = asked);
    set(value);
    return { box: labelled(words, select), set };
  };

  const search = (words, changed) => {
    const input = element("input", { type: "search" });
    input.addEventListener("input", () => changed(input.value));
    const set = (value) => input.value === value || (input.value = value);
    return { box: labelled(words, input), set };
  };
  // What may be wider than a phone, in a box that scrolls by keyboard too.
  const scrolled = (words, content) => element("div", { class: "nb-scroll", role: "region", tabindex: 0, "aria-label": words }, content);
  const onWidth = (box, changed) => {
    let width = 0;
    new ResizeObserver(() => {
      if (box.clientWidth !== width) changed();
      width = box.clientWidth;
    }).observe(box);
  };

  // Numbers as text, as in netterbook.text: typographic minus, and no finer than their Monte Carlo error.

  const step = (error) => {
    const power = 10 ** Math.floor(Math.log10(error));
    return [1, 2, 5, 10].map((k) => Number((k * power).toPrecision(1))).find((unit) => unit >= error);
  };
  const number = (value, digits, error = 0) => {
    if (Number.isNaN(value)) return "not estimable";
    if (!Number.isFinite(value)) return value > 0 ? "not reached" : "−∞";
    if (error > 0) {
      const unit = Math.max(10 ** -digits, step(error));
      value = Math.round(value / unit) * unit;
      digits = Math.max(0, Math.ceil(-Math.log10(unit) - 1e-9));
    }
    const said = value.toFixed(digits);
    return (Number(said) === 0 ? said.replace("-", "") : said).replace("-", "−");
  };
  const span = (low, high) => (low === high ? low : `${low} to ${high}`);
  const interval = ([value, low, high], digits, errors = [0, 0, 0]) => {
    const [said, from, to] = [value, low, high].map((each, i) => number(each, digits, errors[i]));
    return errors[0] > 0 && said === from && from === to ? said : `${said} (${from} to ${to})`;
  };

  // What is asked, in the address: only what differs from where the figure begins.

  const asked = (name) => {
    const said = new URLSearchParams(location.hash.slice(1));
    return said.get("ask") === name ? said : null;
  };
  const address = (name, state, begins) => {
    const said = new URLSearchParams({ ask: name });
    for (const [key, value] of Object.entries(state)) if (value !== begins[key]) said.set(key, value);
    return `#${said}`;
  };
  const read = (name, begins) => {
    const said = asked(name);
    const value = (key) => (typeof begins[key] === "number" ? Number(said.get(key)) : said.get(key));
    const usable = (key) => said?.has(key) && !Number.isNaN(value(key));
    return Object.fromEntries(Object.keys(begins).map((key) => [key, usable(key) ? value(key) : begins[key]]));
  };
  // A figure's state: `change` sets some of it, writes the address and draws once a frame.
  const stateOf = (name, begins, draw, link) => {
    let state = read(name, begins);
    let waiting = false;
    const later = () => {
      if (waiting) return;
      waiting = true;
      requestAnimationFrame(() => {
        waiting = false;
        draw(state);
      });
    };
    const change = (changes) => {
      state = { ...state, ...changes };
      link.href = address(name, state, begins);
      history.replaceState(history.state, "", link.href);
      later();
    };
    addEventListener("hashchange", () => {
      if (!asked(name)) return;
      state = read(name, begins);
      link.href = address(name, state, begins);
      later();
    });
    link.href = address(name, state, begins);
    return { change, draw: later };
  };

  // What is told to a screen reader once a control has rested.
  const teller = () => {
    const region = element("p", { class: "nb-ask-told", role: "status" });
    let waiting;
    const tell = (said) => {
      clearTimeout(waiting);
      waiting = setTimeout(() => (region.textContent = said), 400);
    };
    return { region, tell };
  };

  // A drawing is one picture that is told in words; names that the library gives its parts are kept for tests alone.
  const pictured = (svg, said) => {
    svg.setAttribute("role", "img");
    svg.setAttribute("aria-label", said);
    for (const part of svg.querySelectorAll("[aria-label], [aria-description]")) {
      part.dataset.part = part.getAttribute("aria-label");
      part.removeAttribute("aria-label");
      part.removeAttribute("aria-description");
    }
    return svg;
  };

  // Looks that all drawings have, and axes.
  const LOOKS = { fontSize: "12px", fontFamily: "inherit", background: "none", color: "inherit", overflow: "visible" };
  const plot = (width, height, { margin, x, ...given }) =>
    Plot.plot({
      width,
      height,
      ...Object.fromEntries(["Top", "Right", "Bottom", "Left"].map((side, i) => [`margin${side}`, margin[i]])),
      style: LOOKS,
      x: { labelAnchor: "center", labelArrow: "none", ...x },
      color: { type: "identity" },
      ...given,
    });

  // A figure: its controls, a drawing, what it says, and a link to what is asked of it.
  //   begins    state to begin with; what differs from it is in the address
  //   within    a state as an address has it, brought to what there is
  //   controls  by the names in the state, each with its box, and `set` to a value; made with what changes the state
  //   parts     what the room holds below the controls; made with the drawing
  //   show      shows a state in all parts but the drawing, and gives the words for who does not see it
  //   picture   draws what was shown last, so many pixels wide, with its words
  //   pointed   what of the state a pointer sets along the drawing, if anything
  const figure = (room, name, { begins, within, controls, parts, show, picture, pointed, note }) => {
    const drawing = element("div", { class: pointed ? "nb-ask-drawing nb-ask-pointed" : "nb-ask-drawing" });
    const { region, tell } = teller();
    const link = element("a", { class: "nb-ask-link" }, "Link to this view");
    const made = controls((changes) => change(changes));
    const box = element("div", { class: "nb-ask-controls" }, ...Object.values(made).map((each) => each.box));
    room.replaceChildren(box, ...parts(drawing), region, element("p", { class: "nb-note" }, note), link);

    let [state, scale] = [];
    const redraw = () => {
      const { svg, said } = picture(state, Math.max(drawing.clientWidth, 240));
      scale = svg.scale("x");
      drawing.replaceChildren(pictured(svg, said));
    };
    const draw = (asked) => {
      state = within(asked);
      for (const [key, control] of Object.entries(made)) control.set(state[key]);
      tell(show(state, change));
      redraw();
    };
    // The pointer, pressed or dragged, sets a number; a finger that moves up or down still scrolls.
    const point = (event) => {
      if (event.buttons !== 1) return;
      const value = scale.invert(event.clientX - drawing.getBoundingClientRect().left);
      change({ [pointed]: within({ ...state, [pointed]: value })[pointed] });
    };
    if (pointed) for (const kind of ["pointerdown", "pointermove"]) drawing.addEventListener(kind, point);
    const { change, draw: first } = stateOf(name, begins, draw, link);
    onWidth(drawing, () => state && redraw());
    first();
  };
  // A number on a slider's scale.
  const onScale = (value, { min, max, step: by }) => Math.min(Math.max(Number((Math.round(value / by) * by).toPrecision(12)), min), max);

  // Files are loaded by scripts, as pages on a disk may not fetch.

  const loaded = {};
  const load = (address) =>
    (loaded[address] ??= new Promise((done, failed) => {
      document.head.append(element("script", { src: address, onload: done, onerror: failed }));
    }));
  const open = async (box) => {
    const room = box.querySelector(".nb-ask-room");
    if (room.dataset.opened) return;
    room.dataset.opened = "yes";
    try {
      await load(plotter);
      await load(box.querySelector("script").src);
      kinds[box.dataset.kind](room, box.dataset.name, given[box.dataset.name]);
      room.dataset.ready = "yes";
    } catch (error) {
      room.textContent = "What this figure needs could not be loaded; the figure above stands.";
      throw error;
    }
  };
  const begin = () => {
    for (const box of document.querySelectorAll(".nb-ask")) {
      const fold = box.querySelector("details");
      const follow = () => {
        if (!asked(box.dataset.name)) return;
        for (let part = fold; part; part = part.parentElement.closest("details")) part.open = true;
        box.scrollIntoView();
      };
      box.hidden = false;
      fold.addEventListener("toggle", () => fold.open && open(box));
      addEventListener("hashchange", follow);
      follow();
    }
  };
  addEventListener("DOMContentLoaded", begin);

  const give = (name, data) => (given[name] = data);
  return { kinds, give, element, slider, tickbox, choice, search, scrolled, step, number, span, interval, plot, figure, onScale };
})();
