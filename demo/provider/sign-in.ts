// Middleware of the sign-in page: shows who can sign in, asks for a second step where one is needed, and takes the answer.
import type { ParameterizedContext } from 'koa'
import type Provider from 'oidc-provider'
import type { InteractionResults } from 'oidc-provider'
import { accounts, findAccount } from './accounts.ts'
import type { Applications } from './clients.ts'
import { errorPage } from './pages.ts'
import { secondStepPage, signInPage } from './sign-in-pages.ts'
import { MFA, stepsOf } from './step-up.ts'

async function readForm(ctx: ParameterizedContext) {
	const chunks: Buffer[] = []
	for await (const chunk of ctx.req) chunks.push(chunk)
	return new URLSearchParams(Buffer.concat(chunks).toString())
}

const text = (value: unknown) => (typeof value === 'string' ? value : undefined)

/** OpenID Connect Core Unmet Authentication Requirements 1.0 */
const unmet: InteractionResults = {
	error: 'unmet_authentication_requirements',
	error_description: 'The authentication that was asked for was not reached.',
}

export function signIn(provider: Provider, applications: Applications) {
	const nameOf = async (clientId: unknown) => (await provider.Client.find(text(clientId) ?? ''))?.clientName ?? 'the application'

	async function finish(ctx: ParameterizedContext, result: InteractionResults) {
		ctx.redirect(await provider.interactionResult(ctx.req, ctx.res, result, { mergeWithLastSubmission: false }))
		ctx.status = 303
	}

	async function showPage(ctx: ParameterizedContext) {
		const { params, session, prompt } = await provider.interactionDetails(ctx.req, ctx.res)
		const application = await nameOf(params['client_id'])
		const again = findAccount(session?.accountId)
		const { first, impossible } = stepsOf(prompt)
		if (impossible) return finish(ctx, unmet)
		if (again && !first) return secondStepPage(ctx, { applications, application, account: again, isWrong: false })
		signInPage(ctx, { applications, application, accounts, again, hint: text(params['login_hint']) })
	}

	async function takeAnswer(ctx: ParameterizedContext) {
		const { params, prompt } = await provider.interactionDetails(ctx.req, ctx.res)
		const form = await readForm(ctx)
		const { first, second } = stepsOf(prompt)
		const account = findAccount(form.get('sub') ?? undefined)
		if (form.has('cancel') || !account) {
			const cancelled = { error: 'access_denied', error_description: 'The sign-in was cancelled.' }
			return finish(ctx, first && !form.has('sub') ? cancelled : unmet)
		}
		if (!second) return finish(ctx, { login: { accountId: account.sub } })
		const code = form.get('code')
		if (code !== null && /^\d{6}$/.test(code)) return finish(ctx, { login: { accountId: account.sub, acr: MFA, amr: ['mfa', 'otp'] } })
		secondStepPage(ctx, { applications, application: await nameOf(params['client_id']), account, isWrong: code !== null })
	}

	return async (ctx: ParameterizedContext, next: () => Promise<void>) => {
		if (!ctx.path.startsWith('/sign-in/')) return next()
		ctx.set('Cache-Control', 'no-store')
		try {
			await (ctx.method === 'POST' ? takeAnswer(ctx) : showPage(ctx))
		} catch {
			ctx.status = 400
			errorPage(ctx, {
				applications,
				error: 'sign_in_expired',
				description: 'This sign-in has expired or was finished already. Please start again.',
			})
		}
	}
}
