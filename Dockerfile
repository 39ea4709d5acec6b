# A small image that runs any role: docker run peerscrip broker --data /data
FROM golang:1.26-bookworm AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
ARG VERSION=unknown
RUN go build -trimpath -ldflags="-s -w -X peerscrip/services.version=$VERSION" -o /peerscrip . && mkdir /data

FROM gcr.io/distroless/base-debian12:nonroot
COPY --from=build /peerscrip /peerscrip
COPY --from=build --chown=nonroot:nonroot /data /data
VOLUME /data
ENV PEERSCRIP_DATA=/data PEERSCRIP_LISTEN=0.0.0.0:8080
EXPOSE 8080
USER nonroot
ENTRYPOINT ["/peerscrip"]
