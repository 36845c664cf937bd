// publish FOLDER: put the picture and the summary of the run in FOLDER into docs/speed.md,
// docs/bench.svg and README.md, between the lines <!-- bench --> and <!-- /bench -->.
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { read } from './figures.mjs';
import { range, summary } from './summary.mjs';

// Returns the text in lines of at most 100 characters.
function wrapped(text) {
  return text.replace(/(.{1,100})(?: |$)/g, '$1\n').trimEnd();
}

function replace(file, text) {
  const old = readFileSync(file, 'utf8');
  const parts = old.split(/(?<=<!-- bench -->\n)[^]*?(?=<!-- \/bench -->)/);
  if (parts.length !== 2) throw new Error(`${file} has not one place for the summary`);
  writeFileSync(file, `${parts[0]}\n${text.trim()}\n\n${parts[1]}`);
}

const folder = process.argv[2];
const figures = read(`${folder}/figures.tsv`);
replace('docs/speed.md', summary(figures));
replace('README.md', wrapped(range(figures)));
copyFileSync(`${folder}/bench.svg`, 'docs/bench.svg');
