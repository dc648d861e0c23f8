// The API explorer: reads the OpenAPI document and lets each route be tried. Needs nothing from anywhere else.

const LOOKS = new Set(["/health", "/api/health", "/live", "/ready"]);

const make = (name, text, attributes = {}) => {
  const node = document.createElement(name);
  if (text !== undefined) node.textContent = text;
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  return node;
};

const resolve = (spec, schema) => {
  if (!schema?.$ref) return schema ?? {};
  return schema.$ref.slice(2).split("/").reduce((part, key) => part[key], spec);
};

const written = (value) => JSON.stringify(value, null, 2);

const send = async (method, path, fields, body) => {
  const query = new URLSearchParams();
  const headers = {};
  let target = path;
  for (const { name, where, input } of fields) {
    if (where === "path") target = target.replace(`{${name}}`, encodeURIComponent(input.value));
    else if (where === "header" && input.value) headers[name] = input.value;
    else if (input.value) query.set(name, input.value);
  }
  const token = document.getElementById("token").value;
  if (token) headers.authorization = `Bearer ${token}`;
  if (body) headers["content-type"] = "application/json";
  const answer = await fetch(`${target}${query.size ? `?${query}` : ""}`, { method, headers, body: body || undefined });
  const text = await answer.text();
  try {
    return `${answer.status} ${answer.statusText}\n${written(JSON.parse(text))}`;
  } catch {
    return `${answer.status} ${answer.statusText}\n${text}`;
  }
};

const choice = (examples, body) => {
  const label = make("label", "An example to begin with: ");
  const select = label.appendChild(make("select"));
  for (const name of Object.keys(examples)) select.append(make("option", name));
  const fill = () => {
    body.value = written(examples[select.value].value);
  };
  select.addEventListener("change", fill);
  fill();
  return label;
};

const form = (path, method, route) => {
  const node = make("form");
  const fields = (route.parameters ?? []).map((parameter) => {
    const label = make("label", `${parameter.name}${parameter.required ? " *" : ""} — ${parameter.description ?? ""}`);
    const input = make("input");
    label.append(input);
    node.append(label);
    return { name: parameter.name, where: parameter.in, input };
  });
  const content = route.requestBody?.content?.["application/json"];
  const examples = Object.values(content?.examples ?? {});
  const body = content ? make("textarea", examples.length ? written(examples[0].value) : "", { rows: 8 }) : undefined;
  if (examples.length > 1) node.append(choice(content.examples, body));
  if (body) node.append(body);
  const shown = make("pre");
  shown.hidden = true;
  node.append(make("button", "Send"), shown);
  node.addEventListener("submit", async (event) => {
    event.preventDefault();
    shown.hidden = false;
    shown.textContent = "…";
    shown.textContent = await send(method.toUpperCase(), path, fields, body?.value).catch(String);
  });
  return node;
};

const seen = (examples) =>
  Object.entries(examples).map(([name, { value }]) => {
    const details = make("details", undefined, { class: "example" });
    details.append(make("summary", name), make("pre", written(value)));
    return details;
  });

const answers = (spec, route) => {
  const table = make("table");
  for (const [status, answer] of Object.entries(route.responses ?? {})) {
    const row = make("tr");
    const { description, content } = resolve(spec, answer);
    const codes = Object.keys(content?.["application/problem+json"]?.examples ?? {}).join(", ");
    const cell = make("td", codes ? `${description}: ${codes}` : description);
    cell.append(...seen(content?.["application/json"]?.examples ?? {}));
    row.append(make("th", status), cell);
    table.append(row);
  }
  return table;
};

const show = (spec) => {
  document.getElementById("about").textContent = `${spec.info.version} — ${spec.info.description}`;
  const main = document.getElementById("routes");
  const groups = new Map();
  for (const [path, methods] of Object.entries(spec.paths)) {
    const looks = LOOKS.has(path) ? "health" : "studio";
    const name = path.startsWith("/api/v1/") ? path.split("/")[3] : looks;
    if (!groups.has(name)) groups.set(name, main.appendChild(make("section")).appendChild(make("h2", name)).parentNode);
    for (const [method, route] of Object.entries(methods)) {
      const details = make("details");
      const summary = make("summary");
      summary.append(make("span", method.toUpperCase(), { class: "method" }), make("code", path));
      details.append(summary, make("p", route.description ?? route.summary ?? ""));
      details.append(form(path, method, route), answers(spec, route));
      groups.get(name).append(details);
    }
  }
};

show(await (await fetch("/docs/openapi.json")).json());
