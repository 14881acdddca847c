// Reads the value of one option, or refuses it by name.
import { wanted } from './errors.sentences.ts'
import { SessionError } from './errors.ts'
import { isSecureAddress } from './secure-address.ts'

export const UNITS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }

/** Where nobody's page is: on a server, relative addresses stay unused. */
export const NOWHERE = 'http://localhost'

export function refuse(option: string, given: unknown, kind = option): never {
	const shown = JSON.stringify(given) ?? String(given)
	throw new SessionError('invalid_option', { detail: `${option}: ${shown}${__DEV__ ? ` is not ${wanted[kind]}` : ''}` })
}

export const text = (option: string, given: unknown): string => (typeof given === 'string' && given.trim() ? given : refuse(option, given))

export function duration(option: string, given: unknown): number {
	const [, amount, unit] = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/.exec(given as string) ?? []
	const ms = (unit ? Number(amount) * UNITS[unit as keyof typeof UNITS] : (given as number) >= 1000 && given) as number
	return ms > 0 && Number.isFinite(ms) ? ms : refuse(option, given, 'duration')
}

function address(option: string, given: unknown, base?: string): URL {
	try {
		return new URL(text(option, given), base)
	} catch {
		return refuse(option, given)
	}
}

/** An address that tokens or claims may be sent to. */
export function secureAddress(option: string, given: unknown, base?: string): URL {
	const url = address(option, given, base)
	return isSecureAddress(url) ? url : refuse(option, given)
}

/** RFC 6749 section 3.1.2: no fragment; and this page must be able to read the response. */
export function ownAddress(option: string, given: unknown, base: string): string {
	const { origin, hash, href } = address(option, given, base)
	return !hash && (base === NOWHERE || origin === new URL(base).origin) ? href : refuse(option, given)
}
