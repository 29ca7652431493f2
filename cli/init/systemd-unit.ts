import { dirname } from 'node:path';

/** A unit for one relayer, with its keys where `pegway init signer` puts them. ops/systemd/pegway.service explains each line. */
export const systemdUnit = (
  config: string,
): string => `# Install: cp FILE /etc/systemd/system/ && systemctl enable --now pegway
# Create its user first, and let it own the folder:
#   useradd --system --home-dir ${dirname(config)} --shell /usr/sbin/nologin pegway && chown -R pegway: ${dirname(config)}
[Unit]
Description=Pegway relayer
Wants=network-online.target
After=network-online.target
StartLimitIntervalSec=0

[Service]
Type=exec
ExecStart=/usr/bin/env pegway relayer --config ${config}
ExecReload=/bin/kill -HUP $MAINPID
Environment=NODE_OPTIONS=--max-semi-space-size=4
Restart=on-failure
RestartPreventExitStatus=2
RestartSec=5
TimeoutStopSec=30
User=pegway
Group=pegway
UMask=0077
LimitCORE=0
MemorySwapMax=0
NoNewPrivileges=yes
PrivateTmp=yes
ProtectSystem=strict
ReadWritePaths=${dirname(config)}

[Install]
WantedBy=multi-user.target
`;
