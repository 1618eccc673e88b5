import { mkdirSync } from 'node:fs';

import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { CHROMIUM_ARGUMENTS, findChromium } from '../support/chromium.ts';
import { openGateway, type TestGateway } from '../support/start-gateway.ts';

const found = findChromium();
const KEY = 'browser-test-key-0123456789abcdef';
const ARTIFACTS = 'tests/artifacts';

/** What a page complained of: the console's errors, what its policy forbade, requests to anybody else. */
function watch(page: Page, url: string): string[] {
  const complaints: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(`console: ${message.text()}`);
  });
  page.on('pageerror', (error) => complaints.push(`uncaught: ${String(error)}`));
  page.on('request', (request) => {
    const own = [url, 'data:', 'blob:'].some((prefix) => request.url().startsWith(prefix));
    if (!own) complaints.push(`asked ${request.url()}`);
  });
  return complaints;
}

describe.skipIf('missing' in found)('the page under /docs, in a browser', () => {
  let gateway: TestGateway;
  let browser: Browser;

  beforeAll(async () => {
    gateway = await openGateway({ API_KEY: KEY });
    browser = await chromium.launch({
      executablePath: 'executablePath' in found ? found.executablePath : '',
      args: CHROMIUM_ARGUMENTS,
    });
  });
  afterAll(async () => {
    await browser.close();
    await gateway.stop();
  });

  /** Opens one operation, fills its parameters in, sends it, and returns status and body of the answer. */
  async function tryOut(
    page: Page,
    tagAndOperation: string,
    parameters: Readonly<Record<string, string>> = {},
  ): Promise<{ status: string; body: string }> {
    const block = page.locator(`#operations-${tagAndOperation}`);
    await block.locator('.opblock-summary-control').click();
    await block.locator('.try-out__btn').click();
    for (const [name, value] of Object.entries(parameters)) {
      await block.locator(`tr[data-param-name="${name}"] input`).fill(value);
    }
    await block.locator('.execute').click();
    const answer = block.locator('.live-responses-table .response');
    const status = await answer.locator('.response-col_status').first().innerText();
    const body = await answer.locator('.highlight-code code').first().innerText();
    await block.locator('.opblock-summary-control').click();
    return { status: status.trim(), body };
  }

  test('sends a request with a key that was typed in, and shows the answer', async () => {
    const stream = 'shown-in-a-browser';
    await gateway.post('/streams', { name: stream }, { 'x-api-key': KEY });
    const page = await browser.newPage({ viewport: { width: 1280, height: 1600 } });
    const complaints = watch(page, gateway.url);
    await page.goto(`${gateway.url}/docs`);
    await page.locator('.opblock').first().waitFor();

    await page.locator('.auth-wrapper > .authorize').click();
    const dialog = page.locator('.modal-ux');
    await dialog.locator('input').first().fill(KEY);
    await dialog.locator('button.authorize').first().click();
    await dialog.locator('button.btn-done').first().click();

    const answer = await tryOut(page, 'streams-getStream', { stream });
    expect(answer.status).toMatch(/^200/);
    expect(JSON.parse(answer.body)).toMatchObject({ name: stream });

    await page.locator('#operations-streams-getStream .opblock-summary-control').click();
    await page.locator('#operations-streams-getStream .responses-wrapper').scrollIntoViewIfNeeded();
    mkdirSync(ARTIFACTS, { recursive: true });
    await page.screenshot({ path: `${ARTIFACTS}/docs.png` });
    expect(complaints).toEqual([]);
    await page.close();
  });

  test('without a key is told that one is missing', async () => {
    const page = await browser.newPage();
    await page.goto(`${gateway.url}/docs`);
    const answer = await tryOut(page, 'streams-listStreams');
    expect(answer.status).toMatch(/^401/);
    expect(JSON.parse(answer.body)).toMatchObject({ error: 'unauthorized' });
    await page.close();
  });

  test('what the policy forbids is noticed here', async () => {
    const page = await browser.newPage();
    const complaints = watch(page, gateway.url);
    await page.goto(`${gateway.url}/docs`);
    await page.locator('.opblock').first().waitFor();
    await page.evaluate(
      `document.body.append(Object.assign(document.createElement('script'), { text: 'x = 1' }))`,
    );
    await expect.poll(() => complaints.join('\n')).toContain('Content Security Policy');
    await page.close();
  });
});
