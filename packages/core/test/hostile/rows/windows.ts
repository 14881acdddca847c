// Rows of popups and hidden frames.
import type { WorldOptions } from '../../../src/testing/index.ts'
import { framed, popup, popupAfterEnd, renewedInFrame } from '../windows.ts'
import { CORE, ENDED, KEPT, OAUTH, type Part, row } from './row.ts'

/** `*_required` and the like: the provider's answer to `prompt=none` (OpenID Connect Core 3.1.2.6). */
const SILENT_ERRORS = ['login_required', 'interaction_required', 'account_selection_required', 'consent_required']
const FRAMED: WorldOptions = { session: { sso: 'iframe' } }
const NO_TOKENS: WorldOptions = { ...FRAMED, rotation: 'none' }
const NOBODY = 'ended: no-session'

export const popupWindow: Part = {
	title: 'Popup',
	rows: [
		row(
			'that the user closes',
			OAUTH('4.1'),
			'popup_closed; ended: no-session',
			popup(({ window }) => window.leave()),
		),
		row(
			'that seems closed, by Cross-Origin-Opener-Policy',
			'HTML Standard 7.1.3',
			'signed in; signed in',
			popup(({ window, answer }) => {
				window.sever()
				answer({})
			}),
		),
		row(
			'that navigates away and never comes back',
			OAUTH('4.1'),
			'timeout; refused: timeout',
			popup(() => {}),
		),
		row(
			'a response to a state that nobody sent',
			OAUTH('10.12'),
			'timeout; refused: timeout',
			popup(({ answer }) => answer({ state: 'stranger' })),
		),
		row(
			'a response of another provider: iss',
			'RFC 9207 section 2.4',
			'state_mismatch; refused: state_mismatch',
			popup(({ answer }) => answer({ iss: 'https://evil.example' })),
		),
		row(
			'a code that the provider does not know',
			OAUTH('4.1.2'),
			'provider_error; refused: provider_error',
			popup(({ answer }) => answer({ code: 'stolen' })),
		),
		row(
			'error access_denied',
			OAUTH('4.1.2.1'),
			'access_denied; refused: access_denied',
			popup(({ answer }) => answer({ code: '', error: 'access_denied' })),
		),
		...['garbage', null, { callback: 5 }, { callback: '?code=c&state=' }, { taken: 'stranger' }].map(message =>
			row(
				`channel message \`${JSON.stringify(message)}\``,
				'HTML Standard 9.5',
				'signed in; signed in',
				popup(({ say, answer }) => {
					say(message)
					answer({})
				}),
			),
		),
		row(
			'a response, after the session that it was for has ended',
			'OpenID Connect RP-Initiated Logout 1.0 section 2',
			'not_authenticated; ended: signed-out',
			popupAfterEnd,
		),
	],
}

export const hiddenFrame: Part = {
	title: 'Hidden frame (prompt=none)',
	rows: [
		...SILENT_ERRORS.map(error => row(`error ${error}`, CORE('3.1.2.6'), NOBODY, framed({ error }), FRAMED)),
		...['server_error', 'invalid_request', 'access_denied'].map(error =>
			row(`error ${error}`, OAUTH('4.1.2.1'), NOBODY, framed({ error }), FRAMED),
		),
		row('that never answers', CORE('3.1.2.6'), NOBODY, framed(undefined), FRAMED),
		row('a response to a state that nobody sent', OAUTH('10.12'), NOBODY, framed({ state: 'stranger' }), FRAMED),
		row('a response of another provider: iss', 'RFC 9207 section 2.4', NOBODY, framed({ iss: 'https://evil.example' }), FRAMED),
		row('a code that the provider does not know', OAUTH('4.1.2'), NOBODY, framed({ code: 'stolen' }), FRAMED),
		...SILENT_ERRORS.map(error =>
			row(`error ${error} in place of a renewal`, CORE('3.1.2.6'), 'ended: interaction-required', renewedInFrame({ error }), NO_TOKENS),
		),
		row('error server_error in place of a renewal', OAUTH('4.1.2.1'), KEPT, renewedInFrame({ error: 'server_error' }), NO_TOKENS),
		row('that does not answer in place of a renewal', CORE('3.1.2.6'), 'ended: expired', renewedInFrame(undefined), NO_TOKENS),
		row('another user in place of a renewal', CORE('12.2'), ENDED, renewedInFrame({}, { claims: { sub: 'mallory' } }), NO_TOKENS),
		row(
			'the nonce of another sign-in in place of a renewal',
			CORE('3.1.3.7, 11'),
			ENDED,
			renewedInFrame({}, { claims: { nonce: 'other' } }),
			NO_TOKENS,
		),
		row('no ID token in place of a renewal', CORE('3.1.3.3'), ENDED, renewedInFrame({}, { response: { id_token: undefined } }), NO_TOKENS),
	],
}
