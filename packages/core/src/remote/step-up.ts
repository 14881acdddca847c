// An API wants the user to have authenticated better, or more recently (RFC 9470).
import { SessionError, type StepUpChallenge } from '../errors.ts'
import type { Held } from '../local/tokens.ts'
import { isLiving } from '../policy/record.ts'
import type { Context } from './context.ts'
import { within } from './wait.ts'

export function createStepUp({ tab, joined }: Pick<Context, 'tab' | 'joined'>) {
	/** Calls that wait, after the application was told. */
	let waiting = 0

	/** Whether the session of a token goes on. */
	const isOn = ({ id }: Held): boolean => isLiving(tab.view.record) && tab.view.record.id === id

	/** Whether the user has signed in anew, in whatever tab, since a token was handed out. */
	const isDone = (held: Held): boolean => isOn(held) && (tab.view.record?.living?.signedInAt ?? 0) > held.living.signedInAt

	/** The window that the application opens for it, or, where the option says so, whatever the user does meanwhile. */
	async function someoneSeesToIt(held: Held, signal: AbortSignal): Promise<void> {
		const ms = tab.config.waitForSignInMs
		const window = joined()
		waiting += 1
		try {
			await tab.live(async () => window ?? (ms && within(tab, ms, () => isDone(held) || !isOn(held), 'step-up', signal)), signal)
		} catch {
			// What came of it is looked at by whoever waits.
		} finally {
			waiting -= 1
		}
	}

	/**
	 * Tells the application, once however many calls meet it, and waits where somebody sees to it.
	 * @returns once the user has signed in anew: the call may go out again
	 * @throws SessionError `step_up_required`
	 */
	return async (held: Held, challenge: StepUpChallenge, url: string, signal: AbortSignal): Promise<void> => {
		if (isDone(held)) return
		if (!waiting && !joined()) tab.audience.emit('stepUpRequired', { challenge, url })
		await someoneSeesToIt(held, signal)
		if (!isDone(held)) throw new SessionError('step_up_required', { challenge })
	}
}
