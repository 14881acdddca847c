// The session of this site: one manager, created once.
import { createSessionManager } from '@tabsession/core'
import { navigate } from '../../ui/routes.ts'
import { config } from './config.ts'

export const session = createSessionManager({
	authority: config.authority,
	clientId: 'shop',
	redirectUri: '/signed-in',
	scope: 'openid profile email offline_access orders invoices:read',
	resource: config.api,
	apis: [`${config.api}/api`, { url: `${config.api}/invoices`, resource: `${config.api}/invoices`, scope: 'invoices:read' }],
	alerts: { endpoint: `${config.api}/alerts`, claims: [] },
	navigate,
	...config.session,
})
