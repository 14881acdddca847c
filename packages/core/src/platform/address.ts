import type { Address } from './ports.ts'

export const address: Address = {
	get href() {
		return location.href
	},
	// The router's own state of the entry is kept.
	replace: url => history.replaceState(history.state, '', url),
	assign: url => location.assign(url),
	reload: url => location.replace(url),
}
