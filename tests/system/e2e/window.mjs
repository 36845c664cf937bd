// Opens windows of one browser, which the first call starts.
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import { atEnd, slowness } from '../../lib/stack.mjs';

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

// Opens a window with its own profile.
export async function openContext(options) {
	if (browser === undefined)
		await start();
	const context = await browser.newContext(options);
	context.setDefaultTimeout(30000 * slowness);
	return context;
}

// Takes a picture of the whole page, or only of the window if a dialog is open.
export async function picture(page, name, fullPage) {
	const folder = process.env.SCREENSHOTS;
	if (!folder)
		return;
	await mkdir(folder, { recursive: true });
	await page.screenshot({ path: join(folder, `${name}.png`), fullPage });
}
