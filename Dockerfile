# One image for web, worker, beat and migrations; compose.yaml shows each command.
FROM python:3.13-slim AS build
WORKDIR /build
COPY requirements.txt pyproject.toml ./
# Everything is checked against the lock's hashes; what is installed are only the product's own dependencies.
RUN pip download --quiet --no-cache-dir --require-hashes -r requirements.txt -d wheels
RUN python -m venv /venv \
 && python -c 'import tomllib; print(*tomllib.load(open("pyproject.toml", "rb"))["project"]["dependencies"], sep="\n")' \
    > product.txt \
 && /venv/bin/pip install --quiet --no-cache-dir --no-index --find-links wheels -r product.txt

FROM python:3.13-slim
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
RUN useradd --system --uid 10001 --home-dir /app --shell /usr/sbin/nologin steller \
 && mkdir -p /app/.local \
 && chown steller /app/.local
WORKDIR /app
COPY --from=build /venv /venv
COPY manage.py celery_app.py gunicorn.conf.py ./
COPY steller steller
COPY bamboo bamboo
COPY partners partners
COPY wallets wallets
COPY catalog catalog
COPY orders orders
COPY templates templates
USER steller
EXPOSE 8000
HEALTHCHECK --start-period=30s CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/health/live', timeout=3)"]
CMD ["gunicorn", "steller.wsgi", "--bind", "0.0.0.0:8000"]
