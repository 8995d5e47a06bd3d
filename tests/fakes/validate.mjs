// Holds requests and answers to GitHub's description as @octokit/openapi publishes it. Reads a JSON list of exchanges from stdin, prints
// {checked, operations, wrong: [{at, what}]} and exits 1 where something is wrong.
import { readFileSync } from "node:fs";
import Ajv from "ajv";
import addFormats from "ajv-formats";

const FOLDER = new URL("./node_modules/@octokit/openapi/generated/", import.meta.url);
// Answers that any request may get, though the description lists them at few.
const COMMON = new Set(["400", "401", "403", "404", "422", "429", "500", "502", "503"]);

// By the letter `nullable` beside an `enum` allows null only where the enum lists it; GitHub's lists don't, and its answers have it.
function allowNull(_, node) {
  return node?.nullable === true && Array.isArray(node.enum) ? { ...node, enum: [...node.enum, null] } : node;
}

class Description {
  constructor(file) {
    this.name = file;
    this.document = JSON.parse(readFileSync(new URL(file, FOLDER)), allowNull);
    this.ajv = new Ajv({ strict: false, allErrors: true, validateSchema: false, coerceTypes: false });
    addFormats(this.ajv);
    this.ajv.addSchema(this.document, file);
    this.templates = Object.keys(this.document.paths)
      .filter((path) => path.includes("/actions/") || path === "/rate_limit")
      .map((path) => ({
        path,
        literal: path.split("/").filter((part) => !part.startsWith("{")).length,
        pattern: new RegExp(`^${path.replace(/[.]/g, "\\.").replace(/\{(\w+)\}/g, "(?<$1>[^/]+)")}$`),
      }))
      .sort((a, b) => b.literal - a.literal);
  }

  find(verb, path) {
    for (const template of this.templates) {
      const match = template.pattern.exec(path);
      if (match && verb.toLowerCase() in this.document.paths[template.path])
        return { pointer: ["paths", template.path, verb.toLowerCase()], values: { ...match.groups } };
    }
    return null;
  }

  // The node at a pointer, and the pointer to where it really stands.
  follow(pointer) {
    let node = this.document;
    for (const part of pointer) node = node?.[part];
    if (node?.$ref) return this.follow(node.$ref.slice(2).split("/").map((p) => p.replace(/~1/g, "/").replace(/~0/g, "~")));
    return { node, pointer };
  }

  complaints(pointer, value) {
    const at = pointer.map((p) => encodeURIComponent(p.replace(/~/g, "~0").replace(/\//g, "~1"))).join("/");
    const validate = this.ajv.getSchema(`${this.name}#/${at}`);
    if (!validate) throw new Error(`no schema at ${at}`);
    return validate(value) ? [] : validate.errors.map((e) => `${e.instancePath} ${e.message}`);
  }
}

function converted(text, schema) {
  if (schema?.type === "integer" && /^-?\d+$/.test(text)) return Number(text);
  if (schema?.type === "boolean" && /^(true|false)$/.test(text)) return text === "true";
  return text;
}

function checkRequest(description, found, exchange) {
  const wrong = [];
  const { node } = description.follow(found.pointer);
  (node.parameters ?? []).forEach((_, index) => {
    const parameter = description.follow([...found.pointer, "parameters", String(index)]);
    const given = parameter.node.in === "path" ? found.values : exchange.query;
    if (parameter.node.name in given) {
      const value = converted(given[parameter.node.name], parameter.node.schema);
      wrong.push(...description.complaints([...parameter.pointer, "schema"], value).map((w) => `${parameter.node.name}: ${w}`));
    } else if (parameter.node.required) wrong.push(`${parameter.node.name}: is missing`);
  });
  if (node.requestBody && (exchange.body !== null || node.requestBody.required)) {
    const body = description.follow([...found.pointer, "requestBody"]);
    wrong.push(...description.complaints([...body.pointer, "content", "application/json", "schema"], exchange.body));
  }
  return wrong;
}

function checkAnswer(description, found, exchange) {
  const status = String(exchange.status);
  const { node } = description.follow(found.pointer);
  if (!(status in node.responses)) {
    if (status === "304") return exchange.answer === null ? [] : ["304: has a body"];
    if (!COMMON.has(status)) return [`${status}: no such answer`];
    return description.complaints(["components", "schemas", "basic-error"], exchange.answer);
  }
  const answer = description.follow([...found.pointer, "responses", status]);
  if (!answer.node.content) return exchange.answer === null ? [] : [`${status}: has a body`];
  return description.complaints([...answer.pointer, "content", "application/json", "schema"], exchange.answer);
}

const known = new Map();
const exchanges = JSON.parse(readFileSync(0));
const report = { checked: 0, operations: [], wrong: [] };
for (const [at, exchange] of exchanges.entries()) {
  const wrong = (what) => report.wrong.push({ at, what: `${exchange.verb} ${exchange.path}: ${what}` });
  const file = exchange.base ? "ghes-3.19.json" : "ghec.json";
  if (!known.has(file)) known.set(file, new Description(file));
  const description = known.get(file);
  const found = description.find(exchange.verb, exchange.path);
  if (!found) {
    if (exchange.status !== 404) wrong(`${file} does not know it, yet it was answered with ${exchange.status}`);
    continue;
  }
  report.checked += 1;
  const id = description.follow(found.pointer).node.operationId;
  if (!report.operations.includes(id)) report.operations.push(id);
  const asked = checkRequest(description, found, exchange);
  // A request that the description refuses is refused, and no other is for that reason.
  if (asked.length && ![401, 403, 404, 422, 429].includes(exchange.status))
    wrong(`answered with ${exchange.status}, but: ${asked.join("; ")}`);
  if (!asked.length && exchange.status === 422 && String(exchange.answer?.message).startsWith("Invalid request"))
    wrong("refused for no reason");
  checkAnswer(description, found, exchange).forEach(wrong);
}
console.log(JSON.stringify(report));
process.exitCode = report.wrong.length ? 1 : 0;
