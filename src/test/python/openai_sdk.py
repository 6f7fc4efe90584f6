"""Makes a video with OpenAI's own Python SDK, unchanged, against a running FlowBlend.

Usage: python openai_sdk.py http://127.0.0.1:8080 [API_KEY]
Ends with status 0 if the service behaved as the SDK expects, else with 1 and a message.
"""

import sys
import warnings

import openai

PROMPT = "a red seven moves right slowly"


def check(holds, message):
    if not holds:
        raise AssertionError(message)


def make_one(client):
    """Creates with the SDK's own arguments and FlowBlend's fields, polls, looks, lists, downloads."""
    video = client.videos.create(
        prompt=PROMPT,
        size="64x64",
        extra_body={"num_inference_steps": 8, "seed": 3, "quality": 0.5, "user": "sdk"},
    )
    check(video.object == "video" and video.id.startswith("video_"), f"not a video object: {video}")
    check(video.status in ("queued", "in_progress", "completed"), f"unexpected status: {video.status}")

    video = client.videos.poll(video.id)
    check(video.status == "completed", f"the video ended {video.status}: {video.error}")
    check(video.progress == 100 and video.size == "64x64" and video.prompt == PROMPT, f"wrong fields: {video}")
    blend = video.model_extra["flowblend"]
    check(len(blend["schedule"]) == 8, f"a schedule of 8 steps was expected: {blend['schedule']}")
    check(blend["ignored"] == ["user"], f"'user' should be listed as ignored: {blend['ignored']}")

    check(client.videos.retrieve(video.id).id == video.id, "retrieve gives another video")
    check(video.id in [listed.id for listed in client.videos.list(limit=10)], "the video is not listed")

    mp4 = client.videos.download_content(video.id).read()
    check(mp4[4:8] == b"ftyp", "the content is not an MP4")
    thumbnail = client.videos.download_content(video.id, variant="thumbnail").read()
    check(thumbnail[:2] == b"\xff\xd8", "the thumbnail is not a JPEG")
    print(f"{video.id}: {len(mp4)} bytes, schedule {blend['schedule']}, speedup {blend['speedup']}")
    return video


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    warnings.filterwarnings("ignore", category=DeprecationWarning)
    key = sys.argv[2] if len(sys.argv) > 2 else "none"
    client = openai.OpenAI(base_url=sys.argv[1].rstrip("/") + "/v1", api_key=key, max_retries=0)

    models = [model.id for model in client.models.list()]
    check(models, "no model is listed")

    first = make_one(client)
    again = client.videos.create_and_poll(
        prompt=PROMPT, model=models[0], extra_body={"num_inference_steps": 4, "schedule": "LSSL"}
    )
    check(again.status == "completed", f"the second video ended {again.status}: {again.error}")
    check(again.model_extra["flowblend"]["schedule"] == "LSSL", "the static schedule was not followed")

    remix = client.videos.poll(client.videos.remix(again.id, prompt="a blue two moves up fast").id)
    check(remix.remixed_from_video_id == again.id, "the remix does not name its original")

    try:
        client.videos.create(prompt=PROMPT, extra_body={"qualty": 0.5})
        raise AssertionError("a misspelt field was taken")
    except openai.UnprocessableEntityError as error:
        check(error.param == "qualty" and "quality" in error.message, f"unhelpful error: {error}")

    for video in (first, again, remix):
        check(client.videos.delete(video.id).deleted, f"{video.id} was not deleted")
    try:
        client.videos.retrieve(first.id)
        raise AssertionError("a deleted video is still there")
    except openai.NotFoundError:
        print("the SDK's way through the service works")


if __name__ == "__main__":
    try:
        main()
    except (AssertionError, openai.OpenAIError) as error:
        sys.exit(f"openai_sdk.py: {error}")
