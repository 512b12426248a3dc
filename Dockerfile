# Builds in an image with the compiler that better-sqlite3 needs, and runs in one without it. Both are pinned to a
# minor version of Node; pin them by digest where builds must be repeatable to the byte.
FROM node:22.21-bookworm AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci
COPY tsconfig.json tsconfig.build.json ./
COPY prisma prisma
COPY scripts scripts
COPY src src
RUN npm run build && npm prune --omit=dev

FROM node:22.21-bookworm-slim
ENV NODE_ENV=production GMP_HOST=0.0.0.0 GMP_DB_PATH=/data/mail_service.db
WORKDIR /app
COPY --from=build /app/package.json ./
COPY --from=build /app/node_modules node_modules
COPY --from=build /app/dist dist
COPY --from=build /app/oclif.manifest.json ./
COPY prisma prisma
COPY src/dashboard/assets src/dashboard/assets
COPY bin bin
RUN mkdir /data && chown node:node /data
USER node
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s \
  CMD node -e "fetch('http://127.0.0.1:' + (process.env.GMP_PORT || 8000) + '/ready').then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"
CMD ["node", "bin/run.js", "serve"]
