#!/usr/bin/env bash
# For a machine that reaches no registry: makes stand-ins for the public images of the deployment from Debian packages and this
# machine's .NET. These are Redis, PostgreSQL, the base of the service images and, if NuGet's cache has it, Aspire's dashboard. They
# have the public names, so nothing else needs to change. "remove" deletes them again. An image that already exists is left alone.
# Prints the names.
#
# usage: stand-in-bases.sh ENGINE [remove]        ENGINE: docker or podman
# Needs root, debootstrap and a .NET runtime.
set -euo pipefail

engine=${1:?usage: stand-in-bases.sh ENGINE [remove]}
# named PART: the Compose file's image whose name contains PART.
named() { sed -n "s|^ *image: \"\(.*$1.*\)\"\$|\1|p" "$(dirname "${BASH_SOURCE[0]}")/compose/docker-compose.yaml"; }
redis=$(named /redis:) postgres=$(named /postgres:) dashboard=$(named /aspire-dashboard:)
aspnet=mcr.microsoft.com/dotnet/aspnet:10.0-noble-chiseled
label=imagetotext.stand-in=true

if [ "${2:-}" = remove ]; then
  for image in "$redis" "$postgres" "$aspnet" "$dashboard"; do
    # A public image of that name that was pulled earlier stays.
    if [ "$("$engine" image inspect --format '{{ index .Config.Labels "imagetotext.stand-in" }}' "$image" 2> /dev/null)" = true ]; then
      "$engine" image rm "$image"
    fi
  done
  exit
fi

[ "$(id -u)" = 0 ] || { echo "stand-in-bases.sh: debootstrap has to be root." >&2; exit 1; }
command -v debootstrap > /dev/null || { echo "stand-in-bases.sh: debootstrap is missing (apt-get install debootstrap)." >&2; exit 1; }

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/packages"
# The package source of this machine.
read -r mirror suite < <(apt-get indextargets --format '$(REPO_URI) $(RELEASE)' 'Created-By: Packages' | grep -E '/debian/? ' | sort -u | head -n 1)

# rootfs NAME PACKAGE,...: a small Debian with these packages in it.
rootfs() {
  debootstrap --variant=minbase --cache-dir="$work/packages" --include="$2" "$suite" "$work/$1" "$mirror" > "$work/$1.log" 2>&1 \
    || { tail -n 20 "$work/$1.log" >&2; exit 1; }
  rm -rf "$work/$1"/var/cache/apt/archives/*.deb "$work/$1"/var/lib/apt/lists/* "$work/$1"/usr/share/{doc,man,locale}/*
}

# import NAME IMAGE CHANGE...: makes an image from a root file system.
import() {
  local name=$1 image=$2 changes=(--change "LABEL $label")
  shift 2
  for change in "$@"; do changes+=(--change "$change"); done
  tar -C "$work/$name" -c . | "$engine" import "${changes[@]}" - "$image" > "$work/import.log" 2>&1 || { cat "$work/import.log" >&2; exit 1; }
  echo "$image"
}

make_redis() {
  rootfs redis redis-server
  mkdir -p "$work/redis/data"
  chroot "$work/redis" chown redis:redis /data
  import redis "$redis" 'WORKDIR /data' 'VOLUME /data' 'EXPOSE 6379' 'CMD ["redis-server", "--protected-mode", "no"]'
}

make_postgres() {
  rootfs postgres postgresql,gosu
  # Does what the public image's entry point does with a new volume, as far as the deployment needs it.
  cat > "$work/postgres/usr/local/bin/docker-entrypoint.sh" <<'ENTRY'
#!/bin/bash
set -euo pipefail
version=$(ls /usr/lib/postgresql)
export PATH=/usr/lib/postgresql/$version/bin:$PATH PGDATA=/var/lib/postgresql/$version/docker
if [ "$(id -u)" = 0 ]; then
  mkdir -p "$PGDATA" /var/run/postgresql
  chown -R postgres:postgres /var/lib/postgresql /var/run/postgresql
  exec gosu postgres "$0" "$@"
fi
if [ ! -s "$PGDATA/PG_VERSION" ]; then
  initdb --username="${POSTGRES_USER:-postgres}" --pwfile=<(echo "$POSTGRES_PASSWORD") ${POSTGRES_INITDB_ARGS:-}
  echo "host all all all ${POSTGRES_HOST_AUTH_METHOD:-scram-sha-256}" >> "$PGDATA/pg_hba.conf"
fi
exec "$@"
ENTRY
  chmod +x "$work/postgres/usr/local/bin/docker-entrypoint.sh"
  ln -s "/usr/lib/postgresql/$(ls "$work/postgres/usr/lib/postgresql")/bin/pg_isready" "$work/postgres/usr/local/bin/pg_isready"
  rm -rf "$work/postgres"/var/lib/postgresql/*
  import postgres "$postgres" 'VOLUME /var/lib/postgresql' 'EXPOSE 5432' 'STOPSIGNAL SIGINT' \
    'ENTRYPOINT ["docker-entrypoint.sh"]' 'CMD ["postgres", "-c", "listen_addresses=*"]'
}

# Contains what Microsoft's image has: .NET, what native libraries need, and the user 1654.
make_aspnet() {
  local dotnet
  dotnet=$(dotnet --list-runtimes | sed -n 's|^Microsoft.AspNetCore.App 10\..* \[\(.*\)/shared/.*\]$|\1|p' | tail -n 1)
  [ -n "$dotnet" ] || { echo "stand-in-bases.sh: this machine has no ASP.NET Core 10." >&2; exit 1; }
  rootfs aspnet libstdc++6,libgcc-s1,libssl3,zlib1g,ca-certificates,tzdata
  mkdir -p "$work/aspnet/usr/share/dotnet/shared"
  cp -a "$dotnet/dotnet" "$dotnet/host" "$work/aspnet/usr/share/dotnet/"
  cp -a "$dotnet"/shared/Microsoft.{NETCore,AspNetCore}.App "$work/aspnet/usr/share/dotnet/shared/"
  ln -s /usr/share/dotnet/dotnet "$work/aspnet/usr/bin/dotnet"
  chroot "$work/aspnet" useradd --uid 1654 --create-home app
  import aspnet "$aspnet" 'USER 1654' 'ENV APP_UID=1654' 'ENV ASPNETCORE_HTTP_PORTS=8080' 'ENV DOTNET_RUNNING_IN_CONTAINER=true'
}

make_dashboard() {
  local package
  package=$(ls -d "${NUGET_PACKAGES:-$HOME/.nuget/packages}"/aspire.dashboard.sdk.linux-*/*/tools 2> /dev/null | sort -V | tail -n 1)
  if [ -z "$package" ]; then
    echo "No dashboard: NuGet's cache has no aspire.dashboard.sdk (dotnet restore AppHost brings it)." >&2
    return
  fi
  # For globalization. The library's name contains its version.
  rootfs dashboard "libstdc++6,libgcc-s1,libssl3,zlib1g,ca-certificates,$(apt-cache pkgnames libicu | grep -E '^libicu[0-9]+$' | sort -V | tail -n 1)"
  mkdir -p "$work/dashboard/app"
  cp -a "$package"/. "$work/dashboard/app/"
  chmod 755 "$work/dashboard/app/Aspire.Dashboard"
  import dashboard "$dashboard" 'USER 1654' 'WORKDIR /app' 'ENV ASPNETCORE_URLS=http://+:18888' \
    'ENV DOTNET_DASHBOARD_OTLP_ENDPOINT_URL=http://+:18889' 'ENV DOTNET_DASHBOARD_OTLP_HTTP_ENDPOINT_URL=http://+:18890' \
    'ENTRYPOINT ["/app/Aspire.Dashboard"]'
}

for image in redis postgres aspnet dashboard; do
  if "$engine" image inspect "${!image}" > /dev/null 2>&1; then echo "${!image}"; else "make_$image"; fi
done
