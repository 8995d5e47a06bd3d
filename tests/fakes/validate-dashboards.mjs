// Holds dashboards to the types of @grafana/schema: reads a JSON list of models from stdin, prints {checked, wrong: [{at, what}]} and exits 1
// where something is wrong.
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import Ajv from "ajv";
import { createGenerator } from "ts-json-schema-generator";

const types = new URL("./node_modules/@grafana/schema/dist/types/raw/dashboard/x/types.gen.d.ts", import.meta.url);
const schema = createGenerator({ path: fileURLToPath(types), type: "Dashboard", skipTypeCheck: true, additionalProperties: false }).createSchema("Dashboard");
// The query of an annotation is its data source's own, beside what the type has.
schema.definitions.AnnotationQuery.additionalProperties = true;

const validate = new Ajv({ strict: false, allErrors: true }).compile(schema);
const models = JSON.parse(readFileSync(0));
const report = { checked: models.length, wrong: [] };
for (const [at, model] of models.entries()) {
  if (validate(model)) continue;
  // Every panel is also tried as a row: what is said of that says nothing.
  for (const error of validate.errors) report.wrong.push({ at, what: `${error.instancePath} ${error.message} ${JSON.stringify(error.params)}` });
}
console.log(JSON.stringify(report));
process.exitCode = report.wrong.length ? 1 : 0;
