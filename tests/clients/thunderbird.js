// What the tests ask of Thunderbird; put before each script that it runs.
const { MailServices } = ChromeUtils.importESModule("resource:///modules/MailServices.sys.mjs");
const { setTimeout, clearTimeout } = ChromeUtils.importESModule(
  "resource://gre/modules/Timer.sys.mjs"
);
const FOLDER_EVENTS = Ci.nsIFolderListener.all;

// Wait for `condition`, asked again after every event of any folder, and every second
// because some changes come without an event.
async function until(what, condition, deadlineMs = 60_000) {
  const end = Date.now() + deadlineMs;
  let wake = () => {};
  const listener = {};
  for (const name of [
    "onFolderAdded", "onMessageAdded", "onFolderRemoved", "onMessageRemoved",
    "onFolderPropertyChanged", "onFolderIntPropertyChanged", "onFolderBoolPropertyChanged",
    "onFolderPropertyFlagChanged", "onFolderEvent",
  ]) {
    listener[name] = () => wake();
  }
  MailServices.mailSession.AddFolderListener(listener, FOLDER_EVENTS);
  try {
    for (;;) {
      const answer = await condition();
      if (answer) {
        return answer;
      }
      if (Date.now() > end) {
        throw new Error(`not in ${deadlineMs} ms: ${what}`);
      }
      await new Promise(resolve => {
        const timer = setTimeout(resolve, 1000);
        wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  } finally {
    MailServices.mailSession.RemoveFolderListener(listener);
  }
}

function server(type) {
  return MailServices.accounts.allServers.find(each => each.type == type);
}

// The folder of that name; with "/" between levels.
function findFolder(path, type = "imap") {
  let folder = server(type).rootFolder;
  for (const name of path.split("/")) {
    folder = folder?.subFolders.find(
      each => (each.isSpecialFolder(Ci.nsMsgFolderFlags.Inbox) ? "INBOX" : each.name) == name
    );
  }
  return folder;
}

// The same, once the server has told of it.
function folderNamed(path, type = "imap") {
  return until(`a folder named ${path}`, () => findFolder(path, type));
}

// Ask the server for news of a folder, and wait for the answer. The listener of an update
// is not told when another update runs already: then ask again.
async function update(folder) {
  for (let attempt = 0; attempt < 20; attempt++) {
    const ended = await new Promise(resolve => {
      const timer = setTimeout(() => resolve(false), 5000);
      folder.QueryInterface(Ci.nsIMsgImapMailFolder).updateFolderWithListener(null, {
        OnStartRunningUrl() {},
        OnStopRunningUrl(url, status) {
          clearTimeout(timer);
          resolve(Components.isSuccessCode(status));
        },
      });
    });
    if (ended) {
      return;
    }
  }
  throw new Error(`${folder.URI} cannot be updated`);
}

function headers(folder) {
  return [...folder.messages].sort((one, other) => one.messageKey - other.messageKey);
}

function summary(header) {
  return {
    uid: header.messageKey,
    subject: header.mime2DecodedSubject,
    read: header.isRead,
    flagged: header.isFlagged,
    keywords: header.getStringProperty("keywords").split(" ").filter(word => word),
  };
}

function subjects(folder) {
  return headers(folder).map(header => header.mime2DecodedSubject);
}

function headerOf(folder, subject) {
  return until(`"${subject}" in ${folder.name}`, () =>
    headers(folder).find(header => header.mime2DecodedSubject == subject)
  );
}

// Resolves with the result of a call that reports to an nsIUrlListener.
function urlEnd(start) {
  return new Promise((resolve, reject) => {
    start({
      OnStartRunningUrl() {},
      OnStopRunningUrl(url, status) {
        Components.isSuccessCode(status) ? resolve() : reject(new Error(`status ${status}`));
      },
      QueryInterface: ChromeUtils.generateQI(["nsIUrlListener"]),
    });
  });
}

// The same for an nsIMsgCopyServiceListener.
function copyEnd(start) {
  return new Promise((resolve, reject) => {
    start({
      onStartCopy() {},
      onProgress() {},
      setMessageKey() {},
      getMessageId() {
        return null;
      },
      onStopCopy(status) {
        Components.isSuccessCode(status) ? resolve() : reject(new Error(`status ${status}`));
      },
      QueryInterface: ChromeUtils.generateQI(["nsIMsgCopyServiceListener"]),
    });
  });
}

function octetsOf(header) {
  return new Promise((resolve, reject) => {
    const uri = header.folder.getUriForMsg(header);
    const chunks = [];
    MailServices.messageServiceFromURI(uri).streamMessage(
      uri,
      {
        onStartRequest() {},
        onDataAvailable(request, stream, offset, count) {
          const reader = Cc["@mozilla.org/binaryinputstream;1"].createInstance(
            Ci.nsIBinaryInputStream
          );
          reader.setInputStream(stream);
          chunks.push(reader.readBytes(count));
        },
        onStopRequest(request, status) {
          Components.isSuccessCode(status)
            ? resolve(chunks.join(""))
            : reject(new Error(`status ${status}`));
        },
        QueryInterface: ChromeUtils.generateQI(["nsIStreamListener"]),
      },
      null,
      null,
      false,
      ""
    );
  });
}

function copy(source, chosen, destination, move) {
  return copyEnd(listener =>
    MailServices.copy.copyMessages(source, chosen, destination, move, listener, null, false)
  );
}

function fileAt(path) {
  const file = Cc["@mozilla.org/file/local;1"].createInstance(Ci.nsIFile);
  file.initWithPath(path);
  return file;
}

// As the composer files what it sent, or a draft.
function fileMessage(path, folder, isDraft, flags) {
  return copyEnd(listener =>
    MailServices.copy.copyFileMessage(
      fileAt(path), folder, null, isDraft, flags, "", listener, null
    )
  );
}

// Save the first attachment and return its name.
async function saveAttachment(header, path) {
  const { MsgHdrToMimeMessage } = ChromeUtils.importESModule(
    "resource:///modules/gloda/MimeMessage.sys.mjs"
  );
  const message = await new Promise(resolve =>
    MsgHdrToMimeMessage(header, null, (_, parsed) => resolve(parsed), true)
  );
  const [attachment] = message.allUserAttachments;
  const { contentType, url, name } = attachment;
  const uri = header.folder.getUriForMsg(header);
  const { AttachmentInfo } = ChromeUtils.importESModule(
    "resource:///modules/AttachmentInfo.sys.mjs"
  );
  await new AttachmentInfo({ contentType, url, name, uri, message: header }).saveToFile(path);
  return attachment.name;
}

// Select the folder in the window; resolves with its pane once all rows are there.
async function shown(folder, rows) {
  const tabmail = Services.wm.getMostRecentWindow("mail:3pane").document.getElementById("tabmail");
  const pane = await until("the window", () => tabmail.currentAbout3Pane);
  await until("the folder pane", () => pane.folderTree?.rowCount);
  pane.displayFolder(folder.URI);
  await until("all rows", () => pane.gDBView?.rowCount == rows);
  return pane;
}

// Select the message in the pane and wait until its body stands there.
async function displayed(pane, subject) {
  const rows = [...Array(pane.gDBView.rowCount).keys()];
  pane.threadTree.selectedIndex = rows.find(
    row => pane.gDBView.getMsgHdrAt(row).mime2DecodedSubject == subject
  );
  const reader = pane.messageBrowser.contentWindow;
  return until(`"${subject}" in the window`, () => {
    const text = reader.getMessagePaneBrowser()?.contentDocument?.body?.textContent ?? "";
    const header = reader.gMessage;
    return header?.mime2DecodedSubject == subject && text.trim() && { subject, text };
  });
}

function searchOnline(folder, attribute, text) {
  const session = Cc["@mozilla.org/messenger/searchSession;1"].createInstance(
    Ci.nsIMsgSearchSession
  );
  session.addScopeTerm(Ci.nsMsgSearchScope.onlineMail, folder);
  const term = session.createTerm();
  term.attrib = Ci.nsMsgSearchAttrib[attribute];
  term.op = Ci.nsMsgSearchOp.Contains;
  const value = term.value;
  value.attrib = term.attrib;
  value.str = text;
  term.value = value;
  term.booleanAnd = true;
  session.appendTerm(term);
  return new Promise(resolve => {
    const found = [];
    session.registerListener({
      onNewSearch() {},
      onSearchHit(header) {
        found.push(header.mime2DecodedSubject);
      },
      onSearchDone() {
        session.unregisterListener(this);
        resolve(found.sort());
      },
    });
    session.search(null);
  });
}

// Fetch what is new into the POP3 account's Inbox, and return its folder.
async function fetchByPop3() {
  const account = server("pop3");
  const inbox = account.rootFolder.getFolderWithFlags(Ci.nsMsgFolderFlags.Inbox);
  await urlEnd(listener => MailServices.pop3.GetNewMail(null, listener, inbox, account));
  return inbox;
}
