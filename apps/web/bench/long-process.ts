import { servePage } from './serve-page.ts'

/*
 * The chat page over a conversation of any length whose replies are a script. Run with Node it builds, serves until its
 * input ends, and prints the page's address as its one line of output. Whoever opens the page drives it by
 * `window.mayfly`; see `long/page.tsx`. For instance, in Playwright:
 *
 *   await page.goto(address)
 *   await page.evaluate(() => window.mayfly.open(10_000))
 *   await page.evaluate(() => window.mayfly.send({ type: 'send', text: 'And then?' }))
 *   await page.evaluate(() => window.mayfly.stream(window.mayfly.text(20_000), 200))
 *   await page.evaluate(() => window.mayfly.finish())
 */

const { address, close } = await servePage('long')
console.log(address)
process.stdin.resume()
await new Promise((resolve) => process.stdin.once('end', resolve))
await close()
