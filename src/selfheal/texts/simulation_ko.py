"""Korean: what `simulation_en` holds."""

from selfheal.texts.labels import Label

SIMULATION = {
    Label.SIM_WORLDS: "세계 수",
    Label.SIM_DAYS: "게이트웨이·일",
    Label.SIM_COUNTED: "집계한 일수",
    Label.SIM_FAULTS: "고장 수",
    Label.SIM_INCIDENTS: "연간 사고",
    Label.SIM_DOWN: "연간 중단 시간",
    Label.SIM_DOWN_HALF: "연간 중단 시간, 세계의 절반이 이하",
    Label.SIM_DOWN_TAKEN: "연간 중단, 사람이 멈춘 것으로 봄",
    Label.SIM_DOWN_HELD: "연간 중단, 사람이 일시 중지하거나 끔",
    Label.SIM_STARTS: "연간 selfheal의 시작",
    Label.SIM_STOPS: "연간 selfheal의 중지 명령",
    Label.SIM_DRAINS_CUT: "연간 끊긴 마무리 작업",
    Label.SIM_STARTS_CUT: "연간 끊긴 시작",
    Label.SIM_ALERTS: "연간 알림",
    Label.SIM_ESCALATIONS: "연간 단계 넘김",
    Label.SIM_SESSIONS: "연간 의사 세션",
    Label.SIM_REPAIR_HALF: "절반 복구까지",
    Label.SIM_REPAIR_MOST: "95% 복구까지",
    Label.SIM_STILL_OPEN: "끝까지 미해결",
    Label.SIM_NOT_REPAIRED: "복구 안 됨",
    Label.SIM_HARM: "규칙이 깨진 세계",
    Label.SIM_PROGRESS: "세계 {total}개 중 {count}개",
    Label.SIM_SAME_FILE: "둘 다 {detail}입니다. 서로 다른 두 파일을 쓰세요",
    Label.SIM_NO_TARGET: "'{target}': {path}에 없는 target입니다. 있는 것: {detail}",
    Label.SIM_NOT_TOGETHER: "{detail}와(과) {target}은(는) 함께 쓸 수 없습니다",
    Label.SIM_WRONG_EVENTS: "{detail}: 0부터 세는 사건 {count}개의 번호 목록이 아닙니다 (예: {example})",
    Label.SIM_NO_EVENTS: "{detail}: 이 세계에는 사건이 없어 고를 것이 없습니다",
    Label.SIM_SAME_POLICY: "판단에 쓰는 값이 둘 다 같아, 두 열이 같습니다",
    Label.SIM_NOT_SIMULATED: "두 파일에서 다르지만 시뮬레이션하지 않는 설정: {detail}",
    Label.SIM_INTERRUPTED: "중단되었습니다: 그때까지 끝난 세계만의 결과입니다",
    Label.SIM_NOT_ALL: "그때까지 끝난 세계만의 결과입니다",
    Label.SIM_NO_ROOM: "가상 디스크를 둘 공간이 없습니다. TMPDIR을 여유 있는 폴더로 정하세요: {detail}",
    Label.SIM_WORKER_LOST: "세계를 실행하던 프로세스가 강제 종료됨: --jobs를 줄이면 메모리가 덜 듭니다",
    Label.SIM_HARM_FOUND: "깨진 규칙: {detail} (시드 {seed}, selfheal {version}). 다시 보기: {command}",
    Label.SIM_HARM_MORE: "그 밖의 세계 {count}개에서도 규칙이 깨졌습니다. --json에 모두 나옵니다",
    Label.SIM_MADE_SMALL: "줄인 결과: 사건 {total}개 중 {count}개만 남았습니다. 다시 보기: {command}",
    Label.SIM_NOT_MADE_SMALL: "줄이기 전에 중단되었습니다. 위의 명령으로 전체를 다시 볼 수 있습니다",
    Label.REPLAY_NOT_KEPT: "인시던트 #{count}을(를) 재현할 수 없습니다: "
    "시작 상태를 남기지 않던 이전 버전의 기록이거나, 첫 기록이 지워졌습니다. "
    "보기: selfheal incidents show {count}",
    Label.REPLAY_SAME: "결정 {total}개 중 {count}개가 기록과 같습니다",
    Label.REPLAY_DIFFERS: "결정 {total}개 중 {count}개가 기록과 같습니다. {time}부터 다릅니다 "
    "(- 기록, + 지금): 버전이 바뀌었거나, 기록에 빠진 단계가 있습니다",
    Label.REPLAY_WHAT_IF_SAME: "{detail} 설정이었어도 다르게 결정된 것은 없습니다: "
    "결정 {total}개 중 {count}개가 기록과 같습니다",
    Label.REPLAY_WHAT_IF: "{detail} 설정이었다면: 결정 {total}개 중 {count}개가 기록과 같습니다. "
    "{time}부터 다릅니다 (- 기록, + 이 설정)",
    Label.REPLAY_FORKS: "여기부터는 상황이 달라졌을 것이므로 그다음은 알 수 없습니다",
    Label.REPLAY_LEFT_OPEN: "기록에서는 끝난 인시던트가, 그때에도 아직 열려 있었을 것입니다",
    Label.REPLAY_BEGINS: "참고: 기록은 인시던트가 열릴 때 시작합니다. 그때까지 센 것(놓친 하트비트 등)은 "
    "그때의 설정으로 센 것이므로, 다른 설정이었다면 더 일찍 또는 늦게 열리거나 열리지 않았을 수 있습니다",
    Label.REPLAY_CHANGED: "참고: 그때의 설정으로도 지금의 버전은 기록과 다르게 결정합니다. "
    "--what-if 없이 확인하세요",
    Label.REPLAY_OTHER_SETTINGS: "참고: 지금의 설정은 그때의 설정과 다릅니다: {detail}",
    Label.REPLAY_NO_SETTINGS: "참고: 설정을 남기지 않던 이전 버전의 기록입니다. "
    "지금의 설정으로 재현했으므로, 설정 때문에 다를 수 있습니다",
}
