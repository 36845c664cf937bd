// Windows of one browser, which is started with the first.
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import { atEnd, slowness } from './stack.mjs';

let browser;

async function start() {
	browser = await chromium.launch({
		executablePath: process.env.CHROMIUM || '/usr/bin/chromium',
		timeout: 60000 * slowness,
		args: ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic',
			'--no-first-run', '--disable-background-networking',
			'--disable-component-update', '--disable-sync'],
	});
	atEnd(() => browser.close());
}

// A window with a profile of its own, with nothing left over from others.
export async function openContext(options) {
	if (browser === undefined)
		await start();
	const context = await browser.newContext(options);
	context.setDefaultTimeout(30000 * slowness);
	return context;
}

// All of the page, or what is in the window where a dialog is in front.
export async function picture(page, name, fullPage) {
	const folder = process.env.SCREENSHOTS;
	if (!folder)
		return;
	await mkdir(folder, { recursive: true });
	await page.screenshot({ path: join(folder, `${name}.png`), fullPage });
}
