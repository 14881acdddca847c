// The pages of a sign-out: do you want to, everybody is being told, done.
import type { ParameterizedContext } from 'koa'
import type { Applications } from './clients.ts'
import { backToApplication, escapeHtml, show } from './pages.ts'

interface SignOutPage {
	readonly applications: Applications
	readonly form: string
	/** The user has already said so in the application. */
	readonly wanted: boolean
}

/** Submits itself where that is wanted; asks otherwise. */
export function signOutPage(ctx: ParameterizedContext, { applications, form, wanted }: SignOutPage) {
	const id = 'op.logoutForm'
	const body = wanted
		? `<h1>Signing you out</h1>
<p class="note">One moment.</p>
${form.replace('</form>', '<input type="hidden" name="logout" value="yes"></form>')}
<noscript><button form="${id}" class="button">Sign out</button></noscript>
<script src="/sign-out.js"></script>`
		: `<h1>Sign out?</h1>
<p class="note">This ends your session at Keyhouse and in every application that uses it.</p>
${form}
<div class="choices">
<button form="${id}" name="logout" value="yes" class="button">Sign out</button>
<button form="${id}" class="quiet">Stay signed in</button>
</div>`
	show(ctx, { applications, title: 'Sign out', body })
}

interface SignedOutEverywherePage {
	readonly applications: Applications
	/** Where each application hears of it. */
	readonly addresses: readonly string[]
	readonly onward: string
}

/** Tells each application in an iframe, and goes on by itself. */
export function signedOutEverywherePage(ctx: ParameterizedContext, { applications, addresses, onward }: SignedOutEverywherePage) {
	const frame = (address: string) => `<iframe hidden title="" data-src="${escapeHtml(address)}"></iframe>`
	show(ctx, {
		applications,
		title: 'Signing you out',
		head: `<noscript><meta http-equiv="refresh" content="3;url=${escapeHtml(onward)}"></noscript>\n`,
		body: `<h1>Signing you out</h1>
<p class="note">One moment.</p>
${addresses.map(frame).join('\n')}
<noscript><a class="button" href="${escapeHtml(onward)}">Continue</a></noscript>
<script src="/front-channel.js" data-onward="${escapeHtml(onward)}"></script>`,
	})
}

export function signedOutPage(ctx: ParameterizedContext, { applications }: { applications: Applications }) {
	show(ctx, {
		applications,
		title: 'Signed out',
		body: `<h1>You are signed out</h1>\n<p class="note">See you soon.</p>\n${backToApplication(applications)}`,
	})
}
