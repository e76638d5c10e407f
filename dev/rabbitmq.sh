#!/usr/bin/env bash
# Install what the tests need from the operating system, or say what is missing.
set -euo pipefail

if [ -x /usr/lib/rabbitmq/bin/rabbitmq-server ] || command -v rabbitmq-server >/dev/null; then
    exit 0
fi
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    echo "Installing RabbitMQ"
    export DEBIAN_FRONTEND=noninteractive
    log=$(mktemp)
    if { apt-get update && apt-get install -y --no-install-recommends rabbitmq-server; } >"$log" 2>&1; then
        rm -f "$log"
        exit 0
    fi
    tail -20 "$log" >&2
fi
cat >&2 <<'END'
The tests need RabbitMQ (they start nodes of their own; no running service is needed). Install it:
  Debian, Ubuntu   sudo apt-get install --no-install-recommends rabbitmq-server
  Fedora           sudo dnf install rabbitmq-server
  macOS            brew install rabbitmq
END
exit 1
