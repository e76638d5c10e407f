// Build what is committed under static/portal/vendor from the locked packages. Run by `make vendor`.
import { copyFileSync, readFileSync, writeFileSync } from "node:fs";
import { compile } from "sass";

const out = "../static/portal/vendor";
const packages = "node_modules";

const theme = compile("theme.scss", { style: "compressed", quietDeps: true, silenceDeprecations: ["import", "global-builtin", "color-functions", "if-function"] });
writeFileSync(`${out}/bootstrap.min.css`, theme.css + "\n");

copyFileSync(`${packages}/@fontsource-variable/figtree/files/figtree-latin-wght-normal.woff2`, `${out}/figtree.woff2`);
copyFileSync(`${packages}/htmx.org/dist/htmx.min.js`, `${out}/htmx.min.js`);

// One sprite of the icons that templates name: <svg class="icon"><use href="...icons.svg#wallet"/></svg>
const names = readFileSync("icons.txt", "utf8").split("\n").filter(Boolean);
const symbols = names.map((name) => {
  const body = readFileSync(`${packages}/lucide-static/icons/${name}.svg`, "utf8").split(/<svg[^>]*>/)[1].split("</svg>")[0];
  return `<symbol id="${name}" viewBox="0 0 24 24">${body.replace(/\s*\n\s*/g, "").replace(/ \/>/g, "/>")}</symbol>`;
});
const attributes = 'xmlns="http://www.w3.org/2000/svg" fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round" stroke-linejoin="round"';
writeFileSync(`${out}/icons.svg`, `<svg ${attributes}>\n${symbols.join("\n")}\n</svg>\n`);

const licences = { bootstrap: "bootstrap/LICENSE", figtree: "@fontsource-variable/figtree/LICENSE", htmx: "htmx.org/LICENSE", icons: "lucide-static/LICENSE" };
for (const [name, path] of Object.entries(licences)) copyFileSync(`${packages}/${path}`, `${out}/${name}.LICENSE`);
