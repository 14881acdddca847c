// The pages that are measured, one a subject, on the origin of a site on which somebody is signed in.
import type { BrowserContext, Page } from 'playwright'
import { buildPage } from './build.ts'
import type {} from './page.tsx'

/** Nobody listens; listeners that do nothing, for all that Tabsession listens to; Tabsession, signed in; `react-idle-timer` with `crossTab`. */
export const subjects = ['nothing', 'no-op', 'tabsession', 'react-idle-timer'] as const

export type Subject = (typeof subjects)[number]

export type Pages = Readonly<Record<Subject, Page>>

/** Isolated from other origins, a page reads its clock to 5 µs. */
const headers = { 'Cross-Origin-Opener-Policy': 'same-origin', 'Cross-Origin-Embedder-Policy': 'require-corp' }

const html = '<!doctype html><title>Bench</title><body style="height: 10000px"><script type="module" src="/bench/page.js"></script>'

/** One after another; another one is the first each `round`. */
export async function each<T>(task: (subject: Subject) => Promise<T>, round = 0): Promise<Record<Subject, T>> {
	const results: Partial<Record<Subject, T>> = {}
	for (const nth of subjects.keys()) {
		const subject = subjects[(nth + round) % subjects.length] as Subject
		results[subject] = await task(subject)
	}
	return results as Record<Subject, T>
}

/** @param site where `context` is signed in, with tokens that need no renewal meanwhile */
export async function openPages(context: BrowserContext, { shop, provider }: { shop: string; provider: string }): Promise<Pages> {
	const files = await buildPage('/bench/')
	await context.route(
		({ origin, pathname }) => origin === shop && pathname.startsWith('/bench/'),
		(route, request) => {
			const { pathname } = new URL(request.url())
			const body = files.get(pathname)
			if (pathname === '/bench/') return route.fulfill({ headers, contentType: 'text/html', body: html })
			return body ? route.fulfill({ headers, contentType: 'text/javascript', body }) : route.fulfill({ status: 404 })
		},
	)
	const pages = await each(async subject => {
		const page = await context.newPage()
		await page.goto(`${shop}/bench/?${new URLSearchParams({ subject, authority: provider })}`)
		await page.waitForFunction(() => window.bench && crossOriginIsolated)
		return page
	})
	const listening = await pages.tabsession.waitForFunction(() => window.bench.signs().length > 0 && window.bench.signs())
	await pages['no-op'].evaluate(signs => window.bench.listen(signs), (await listening.jsonValue()) as string[])
	for (const subject of ['tabsession', 'react-idle-timer'] as const) await pages[subject].waitForFunction(() => window.bench.activeAt() > 0)
	return pages
}
