// The pages of a sign-in: who are you, and where an application asks for it, a second step.
import type { ParameterizedContext } from 'koa'
import type { Account } from './accounts.ts'
import type { Applications } from './clients.ts'
import { escapeHtml, show } from './pages.ts'

const initials = ({ given_name, family_name }: Account) => `${given_name.charAt(0)}${family_name.charAt(0)}`

interface SignInPage {
	readonly applications: Applications
	readonly application: string
	readonly accounts: readonly Account[]
	/** Who is signed in at the provider already, when the application asked for a fresh sign-in. */
	readonly again: Account | undefined
	readonly hint: string | undefined
}

export function signInPage(ctx: ParameterizedContext, { applications, application, accounts, again, hint }: SignInPage) {
	const person = (account: Account, index: number) => `<li><button name="sub" value="${account.sub}" class="person hue-${index}"${
		account.sub === hint ? ' autofocus' : ''
	}>
<span class="initials" aria-hidden="true">${initials(account)}</span>
<span class="who"><strong>${account.name}</strong><small>${account.email}</small></span>
<span class="arrow" aria-hidden="true">→</span>
</button></li>`
	const note = again
		? `You are signed in as ${again.given_name}, and ${escapeHtml(application)} asks you to confirm who you are.`
		: 'Pick who you want to be.'
	show(ctx, {
		applications,
		title: `Sign in to ${application}`,
		body: `<p class="eyebrow">Sign in to</p>
<h1>${escapeHtml(application)}</h1>
<p class="note">${note}</p>
<form method="post">
<ul>${accounts.map(person).join('\n')}</ul>
<button name="cancel" value="yes" class="quiet">Cancel</button>
</form>`,
	})
}

interface SecondStepPage {
	readonly applications: Applications
	readonly application: string
	readonly account: Account
	/** The code before this one was none. */
	readonly isWrong: boolean
}

export function secondStepPage(ctx: ParameterizedContext, { applications, application, account, isWrong }: SecondStepPage) {
	show(ctx, {
		applications,
		title: 'Confirm it is you',
		body: `<p class="eyebrow">${escapeHtml(application)}</p>
<h1>Confirm it is you</h1>
<p class="note">Hello ${account.given_name}. This needs a one-time code. Here any six digits will do.</p>
<form method="post" class="code">
<input type="hidden" name="sub" value="${account.sub}">
<label for="code">One-time code</label>
<input id="code" name="code" inputmode="numeric" autocomplete="one-time-code" pattern="[0-9]{6}" maxlength="6" required autofocus${
			isWrong ? ' aria-invalid="true" aria-describedby="wrong"' : ''
		}>
${isWrong ? '<p id="wrong" class="wrong" role="alert">A code has six digits.</p>\n' : ''}<button class="button">Confirm</button>
<button name="cancel" value="yes" class="quiet" formnovalidate>Not now</button>
</form>`,
	})
}
