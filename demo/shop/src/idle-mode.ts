// "Make me idle": `?idle=20s` gives this tab a short idle timeout, until `?idle=off`. Kept over reloads and sign-in.
import type { Duration } from '@tabsession/core'

const KEY = 'demo-idle'
const isDuration = (text: string): text is `${number}s` | `${number}m` => /^\d{1,4}[sm]$/.test(text)

function readIdleMode(): Duration | undefined {
	const asked = new URLSearchParams(location.search).get('idle')
	if (asked !== null) sessionStorage.setItem(KEY, asked)
	const kept = sessionStorage.getItem(KEY) ?? ''
	return isDuration(kept) ? kept : undefined
}

/** The short idle timeout of this tab, if it has one. */
export const idleMode = readIdleMode()
