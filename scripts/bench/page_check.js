// Looks at pages in a browser as phones and desks show them, light and dark: axe-core, what is wider
// than the window, what is requested, and whether the keyboard reaches everything and shows where it
// is. Started by pages.sh: page_check.js TOOLS BROWSER PAGE…
const fs = require('fs');
const path = require('path');

const [tools, browserPath, ...pages] = process.argv.slice(2);
const modules = path.join(path.resolve(tools), 'node_modules');
const {chromium} = require(path.join(modules, 'playwright-core'));
const axe = fs.readFileSync(path.join(modules, 'axe-core', 'axe.min.js'), 'utf8');
const WIDTHS = [360, 1440];
const SCHEMES = ['light', 'dark'];
const MAX_STEPS = 300;

// Returns what axe-core finds, a line each. What is evaluated here, a page's policy does not forbid.
async function violations(page) {
  await page.evaluate(axe);
  const {violations} = await page.evaluate(() => axe.run(document, {resultTypes: ['violations']}));
  return violations.map(({id, nodes}) => `${id}: ${nodes[0].html.slice(0, 120)}`);
}

// Returns by how many pixels the page is wider than the window.
function overflow(page) {
  return page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
}

// Steps through the page with the tabulator; returns what is passed over, or not seen to have focus.
async function keyboard(page) {
  const wanted = await page.evaluate(() => {
    const closed = 'details:not([open]) > :not(summary)';
    const all = [...document.querySelectorAll('a[href], summary, [tabindex="0"]')];
    return all.filter((e) => e.getClientRects().length && !e.closest(closed)).length;
  });
  const problems = [];
  let reached = 0;
  while (reached < Math.min(wanted, MAX_STEPS)) {
    await page.keyboard.press('Tab');
    const found = await page.evaluate(() => {
      const element = document.activeElement;
      const {outlineStyle, outlineWidth} = getComputedStyle(element);
      const {top, bottom} = element.getBoundingClientRect();
      const seen = outlineStyle !== 'none' && parseFloat(outlineWidth) >= 2;
      return {
        isBody: element === document.body,
        isSeen: seen && bottom > 0 && top < window.innerHeight,
        html: element.outerHTML.slice(0, 120),
      };
    });
    if (found.isBody) break;
    reached += 1;
    if (!found.isSeen) problems.push(`focus is not seen: ${found.html}`);
  }
  if (reached < Math.min(wanted, MAX_STEPS)) {
    problems.push(`the keyboard reached ${reached} of ${wanted}`);
  }
  return problems;
}

async function check(browser, file, width, colorScheme) {
  const context = await browser.newContext({viewport: {width, height: 900}, colorScheme});
  const page = await context.newPage();
  const problems = [];
  page.on('request', (one) => {
    if (!one.url().startsWith('file:')) problems.push(`requests ${one.url()}`);
  });
  page.on('console', (one) => problems.push(`says ${one.text()}`));
  await page.goto(`file://${path.resolve(file)}`);
  problems.push(...(await violations(page)));
  const wider = await overflow(page);
  if (wider > 0) problems.push(`is ${wider} pixels wider than the window`);
  problems.push(...(await keyboard(page)));
  await context.close();
  return problems.map((text) => `${file}, ${width} pixels, ${colorScheme}: ${text}`);
}

async function main() {
  const args = process.getuid() === 0 ? ['--no-sandbox'] : []; // Which root cannot have.
  const browser = await chromium.launch({executablePath: browserPath, args});
  let count = 0;
  for (const file of pages) {
    for (const width of WIDTHS) {
      for (const scheme of SCHEMES) {
        const problems = await check(browser, file, width, scheme);
        problems.forEach((line) => console.log(line));
        count += problems.length;
      }
    }
  }
  await browser.close();
  const how = `at ${WIDTHS.join(' and ')} pixels, ${SCHEMES.join(' and ')}`;
  console.log(`${pages.length} pages ${how}: ${count} problems`);
  process.exit(count ? 1 : 0);
}

main();
