FROM python:3.13-slim AS build
WORKDIR /build
COPY requirements/ requirements/
RUN python -m venv /opt/feedbackbot \
 && /opt/feedbackbot/bin/pip install --no-cache-dir --require-hashes -r requirements/postgres.txt \
 && python -m venv /opt/build \
 && /opt/build/bin/pip install --no-cache-dir --require-hashes -r requirements/build.txt
COPY pyproject.toml README.md LICENSE .env.example ./
COPY src/ src/
COPY conversations/ conversations/
RUN /opt/build/bin/python -m hatchling build -t wheel \
 && /opt/feedbackbot/bin/pip install --no-cache-dir --no-deps dist/*.whl

FROM python:3.13-slim
RUN useradd --create-home --uid 10001 feedbackbot \
 && install -d -o feedbackbot -g feedbackbot /data /keys
COPY --from=build /opt/feedbackbot /opt/feedbackbot
USER feedbackbot
# the key lies on a volume of its own, apart from what it opens
ENV PATH=/opt/feedbackbot/bin:$PATH \
    FEEDBACKBOT_DATA=/data \
    FEEDBACKBOT_KEY_FILE=/keys/feedbackbot.key
VOLUME ["/data", "/keys"]
EXPOSE 8080
HEALTHCHECK --interval=30s --timeout=5s --start-period=120s \
  CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8080/healthz', timeout=4)"]
CMD ["feedbackbot", "run", "--host", "0.0.0.0", "--port", "8080"]
