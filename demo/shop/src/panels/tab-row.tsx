// The open tabs of this site, drawn as the tabs of a folder: this one in front, the latest to renew with a mark.
import { useAnnounceRenewals, useTabs } from '../use-tabs.ts'

export function TabRow() {
	useAnnounceRenewals()
	const tabs = useTabs()
	const latest = Math.max(0, ...tabs.map(tab => tab.renewedAt ?? 0))
	return (
		<section className="tab-row" aria-label="Tabs that share this session">
			<ul>
				{tabs.map((tab, index) => (
					<li key={tab.id} className={tab.visible ? 'tab' : 'tab hidden-tab'} data-current={index === 0}>
						<span className="dot" aria-hidden="true" />
						<span className="tab-name">{tab.name}</span>
						<span className="tab-note">{index === 0 ? 'this tab' : tab.visible ? 'visible' : 'hidden'}</span>
						{latest > 0 && tab.renewedAt === latest && (
							<span className="renewed-mark" title={`Renewed the tokens at ${new Date(latest).toLocaleTimeString()}`}>
								renewed last
							</span>
						)}
					</li>
				))}
			</ul>
			<p className="tabs-count" aria-live="polite">
				<span data-testid="tabs-count">{tabs.length}</span> {tabs.length === 1 ? 'tab' : 'tabs'}
			</p>
		</section>
	)
}
