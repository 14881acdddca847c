// The session of this application: a client of its own at the provider that the shop has, too.
import { createSessionManager } from '@tabsession/core'
import { config } from '../../ui/config.ts'
import { navigate } from '../../ui/routes.ts'

export const session = createSessionManager({
	authority: config.authority,
	clientId: 'admin',
	redirectUri: '/signed-in',
	sso: 'iframe',
	sessionMonitor: true,
	scope: 'openid profile email offline_access orders orders:all',
	apis: [`${config.api}/api`],
	alerts: { endpoint: `${config.api}/alerts`, claims: [] },
	navigate,
	...config.session,
})
