// The chat without reloading: sends forms in the background and shows what comes back, event by event. Without this
// script the same forms work as ordinary ones. The conversation so far is kept by this tab, and by nobody else.
(() => {
  "use strict";
  const log = document.getElementById("main");
  const list = log.querySelector("ol");
  const composer = document.getElementById("composer");
  const input = composer.elements.text;
  const send = composer.querySelector("button");
  const KEY = "turns";
  const MOST = 60;

  const kept = () => {
    try {
      return JSON.parse(sessionStorage.getItem(KEY)) || [];
    } catch {
      return [];
    }
  };
  const keep = () => {
    const turns = [...list.children].filter((li) => !li.dataset.passing).map((li) => li.outerHTML).slice(-MOST);
    try {
      sessionStorage.setItem(KEY, JSON.stringify(turns));
    } catch {
      // Full, or not allowed: then a reload begins anew.
    }
  };
  const toEnd = (li) => {
    // The beginning of a long answer stays in sight.
    if (li && li.offsetHeight > log.clientHeight) li.scrollIntoView({ block: "start" });
    else log.scrollTop = log.scrollHeight;
  };
  const parse = (html) => {
    const template = document.createElement("template");
    template.innerHTML = html;
    return template.content.firstElementChild;
  };
  const add = (li) => {
    list.append(li);
    toEnd(li);
    return li;
  };
  const passing = (className, text) => {
    const li = document.createElement("li");
    li.className = "turn";
    li.dataset.passing = "1";
    const p = document.createElement("p");
    p.className = "said " + className;
    p.textContent = text;
    li.append(p);
    return li;
  };
  const typing = () => {
    const li = passing("typing", "");
    const words = document.createElement("span");
    words.className = "hidden";
    words.textContent = log.dataset.typing;
    li.firstChild.append(words, ...[1, 2, 3].map(() => document.createElement("i")));
    return li;
  };
  const mine = (text) => {
    const li = document.createElement("li");
    li.className = "turn";
    const p = document.createElement("p");
    p.className = "me";
    p.dir = "auto";
    const you = document.createElement("span");
    you.className = "hidden";
    you.textContent = log.dataset.you + ": ";
    p.append(you, text);
    li.append(p);
    return li;
  };

  // Events of a stream, as they come: blocks of `event:` and `data:` lines.
  async function* events(response) {
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    let rest = "";
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return;
      rest += value;
      for (let end; (end = rest.indexOf("\n\n")) >= 0; rest = rest.slice(end + 2)) {
        const event = { name: "message", data: "" };
        for (const line of rest.slice(0, end).split("\n")) {
          if (line.startsWith("event: ")) event.name = line.slice(7);
          if (line.startsWith("data: ")) event.data += line.slice(6);
        }
        yield event;
      }
    }
  }

  let busy = false;
  const say = async (data, byButton) => {
    busy = true;
    send.disabled = true;
    const said = data.get("choice") ? data.get("said") : data.get("text");
    list.querySelectorAll("[data-passing]").forEach((li) => li.remove());
    add(mine(said));
    const dots = add(typing());
    let answered = null;
    let ended = false;
    let problem = log.dataset.lost;
    try {
      const response = await fetch("/", {
        method: "POST",
        body: new URLSearchParams(data),
        headers: { accept: "text/event-stream" },
      });
      if (response.status === 429) problem = log.dataset.busy;
      if (!response.ok) throw new Error(response.status);
      for await (const { name, data: text } of events(response)) {
        if (name === "end") ended = true;
        if (name !== "reply") continue;
        const reply = JSON.parse(text);
        if (reply.forget) {
          list.replaceChildren(dots);
          fetch("/forget", { method: "POST" });
        }
        const li = parse(reply.html);
        dots.before(li);
        toEnd(li);
        answered ??= li;
        keep();
      }
      if (!ended) throw new Error("cut off");
    } catch {
      dots.before(passing("problem", problem));
      if (!answered && !byButton && !input.value) input.value = said;
    }
    dots.remove();
    busy = false;
    send.disabled = false;
    keep();
    if (String(data.get("choice")).startsWith("speak~") && ended) return location.reload();
    if (byButton && answered) {
      // The button is out of sight now: whoever uses a keyboard goes on at the answer.
      answered.tabIndex = -1;
      answered.focus({ preventScroll: true });
      toEnd(answered);
    } else {
      toEnd(answered);
    }
  };

  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!form.matches("[data-chat]")) return;
    event.preventDefault();
    const button = event.submitter;
    const data = new FormData(form);
    if (button?.name) data.set(button.name, button.value);
    const byButton = data.has("choice");
    if (busy || (!byButton && !data.get("text").trim())) return;
    if (!byButton) input.value = "";
    say(data, byButton);
  });

  const turns = kept();
  if (turns.length) {
    list.replaceChildren(...turns.map(parse).filter(Boolean));
  }
  log.style.scrollBehavior = "auto";
  toEnd(list.lastElementChild);
  log.style.scrollBehavior = "";
})();
