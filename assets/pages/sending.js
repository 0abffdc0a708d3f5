"use strict";
// Sends what was filled in and shows the answer: at once, or event by event while they come.

// Most events that stay on the page.
const EVENTS_SHOWN = 200;

function request(method, path, parameters, body) {
  let url = documentation.servers[0].url + path;
  const query = new URLSearchParams();
  const headers = new Headers({ "Accept-Language": document.getElementById("language").value });
  for (const [parameter, read] of parameters) {
    const value = read();
    if (parameter.in === "path") url = url.replace("{" + parameter.name + "}", encodeURIComponent(value));
    else if (value && parameter.in === "query") query.append(parameter.name, value);
    else if (value && parameter.in === "header") headers.set(parameter.name, value);
  }
  if (query.size) url += "?" + query;
  const token = document.getElementById("token").value.trim();
  if (token) headers.set("Authorization", "Bearer " + token);
  const options = { method: method.toUpperCase(), headers };
  if (body) {
    headers.set("Content-Type", body.type());
    options.body = body.read();
  }
  return [url, options];
}

function head(answer) {
  const kind = answer.ok ? "good" : "bad";
  return [
    make("p", { class: "status " + kind }, answer.status + " " + answer.statusText),
    make("pre", {}, [...answer.headers].map(([name, value]) => name + ": " + value).join("\n")),
  ];
}

// JSON in lines, anything else as it came. Tokens are kept for the next call.
function readable(text) {
  try {
    const value = JSON.parse(text);
    const token = value && (value.accessToken || (value.session && value.session.accessToken));
    if (token) document.getElementById("token").value = token;
    return JSON.stringify(value, null, 2);
  } catch (error) {
    return text;
  }
}

// Events are parted by an empty line.
async function follow(answer, output) {
  const list = make("pre", { class: "events", "aria-label": "Events" });
  output.append(list);
  const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  for (;;) {
    const { done, value } = await reader.read();
    text += value || "";
    const events = text.split(/\r?\n\r?\n/);
    text = done ? "" : events.pop();
    for (const event of events.filter((event) => event.trim() && !event.startsWith(":"))) list.append(event + "\n\n");
    while (list.childNodes.length > EVENTS_SHOWN) list.firstChild.remove();
    if (done) return;
  }
}

async function send(call, output, buttons) {
  const stopper = new AbortController();
  const stop = () => stopper.abort();
  buttons.stop.addEventListener("click", stop);
  buttons.send.disabled = true;
  buttons.stop.hidden = false;
  output.replaceChildren("…");
  try {
    const [url, options] = request(...call);
    const answer = await fetch(url, { ...options, signal: stopper.signal });
    output.replaceChildren(...head(answer));
    const kind = answer.headers.get("Content-Type") || "";
    if (kind.startsWith("text/event-stream")) {
      await follow(answer, output);
      output.append(make("p", { class: "status" }, "The stream has ended."));
    } else {
      output.append(make("pre", {}, readable(await answer.text())));
    }
  } catch (error) {
    const told = stopper.signal.aborted ? "Stopped." : String(error);
    const shown = make("p", { class: stopper.signal.aborted ? "status" : "status bad" }, told);
    if (output.querySelector("pre")) output.append(shown);
    else output.replaceChildren(shown);
  } finally {
    buttons.stop.removeEventListener("click", stop);
    buttons.send.disabled = false;
    buttons.stop.hidden = true;
  }
}
