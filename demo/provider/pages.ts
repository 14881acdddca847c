// What the pages of the provider have in common, and the page for what went wrong: plain HTML, no script needed to sign in.
import type { ParameterizedContext } from 'koa'
import type { Applications } from './clients.ts'

export const escapeHtml = (text: string) => text.replace(/[&<>"']/g, character => `&#${character.charCodeAt(0)};`)

export const backToApplication = ([home]: Applications) => `<a class="button" href="${home.origin}/">Back to ${escapeHtml(home.name)}</a>`

export interface Page {
	readonly applications: Applications
	readonly title: string
	readonly body: string
	/** Goes into the head. */
	readonly head?: string
}

export function show(ctx: ParameterizedContext, { applications, title, body, head = '' }: Page) {
	const origins = applications.map(({ origin }) => origin).join(' ')
	ctx.type = 'html'
	ctx.set(
		'Content-Security-Policy',
		[
			`default-src 'none'`,
			`style-src 'self'`,
			`script-src 'self'`,
			`img-src 'self'`,
			`frame-src ${origins}`,
			// Chromium applies form-action to the redirects that follow a form, too.
			`form-action 'self' ${origins}`,
			`frame-ancestors 'none'`,
			`base-uri 'none'`,
		].join('; '),
	)
	ctx.set('Referrer-Policy', 'no-referrer')
	ctx.body = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escapeHtml(title)} · Keyhouse</title>
<link rel="icon" href="/keyhouse.svg" type="image/svg+xml">
<link rel="stylesheet" href="/keyhouse.css">
${head}</head>
<body>
<header><img src="/keyhouse.svg" alt="" width="28" height="28"> Keyhouse</header>
<main>
${body}
</main>
<footer>A demo identity provider on your own machine. No passwords, nothing leaves it.</footer>
</body>
</html>`
}

/** Middleware: whoever opens the provider's own address learns what it is. */
export const home = (applications: Applications) => (ctx: ParameterizedContext, next: () => Promise<void>) => {
	if (ctx.path !== '/' || ctx.method !== 'GET') return next()
	show(ctx, {
		applications,
		title: 'Identity provider',
		body: `<h1>Nothing to do here</h1>
<p class="note">This is where the applications send you to sign in, and to sign out.</p>
<p class="note">What it offers them is in its <a href="/.well-known/openid-configuration">discovery document</a>.</p>
${backToApplication(applications)}`,
	})
	return Promise.resolve()
}

interface ErrorPage {
	readonly applications: Applications
	readonly error: string
	readonly description: string | undefined
}

export function errorPage(ctx: ParameterizedContext, { applications, error, description }: ErrorPage) {
	show(ctx, {
		applications,
		title: 'Something is not right',
		body: `<p class="eyebrow">Error ${ctx.status}</p>
<h1>Something is not right</h1>
<p class="note">${escapeHtml(description ?? 'The request could not be understood.')}</p>
<p><code>${escapeHtml(error)}</code></p>
${backToApplication(applications)}`,
	})
}
